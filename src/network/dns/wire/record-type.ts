/** Numbers of record types and of response codes, as IANA's registry "Domain Name System (DNS) Parameters" gives them. */
export const TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  DNAME: 39,
  OPT: 41,
  DS: 43,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  NSEC3: 50,
  SVCB: 64,
  HTTPS: 65,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
} as const;

export const CLASS_IN = 1;

export const RCODE = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  BADVERS: 16,
} as const;

const TYPE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(TYPE).map(([name, number]) => [number, name]),
);
const CODE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(RCODE).map(([name, number]) => [number, name]),
);

/** `A`, or `other` for a type without a name here. */
export function typeName(type: number): string {
  return TYPE_NAMES.get(type) ?? "other";
}

export function codeName(rcode: number): string {
  return CODE_NAMES.get(rcode) ?? `RCODE${String(rcode)}`;
}

/** The number of a code by its name; undefined for a name that is not known. */
export function codeNumber(name: string): number | undefined {
  return Object.entries(RCODE).find(([known]) => known === name)?.[1];
}

/** The number of a type by its name in any case; undefined for a name that is not known. */
export function typeNumber(name: string): number | undefined {
  return Object.entries(TYPE).find(([known]) => known === name.toUpperCase())?.[1];
}
