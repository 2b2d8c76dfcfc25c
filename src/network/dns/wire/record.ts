import { bytesOfIP, parseIP } from "#base/cidr.ts";
import { TYPE } from "./record-type.ts";

/** A record of class IN. Its data are bytes and, where the type has them, names that a message may compress. */
export interface ResourceRecord {
  readonly name: string;
  readonly type: number;
  readonly ttl: number;
  readonly data: readonly (Uint8Array | string)[];
}

/** Where names are in the data of a type: `before` bytes, then `names`, then more bytes. */
export interface DataLayout {
  readonly before: number;
  readonly names: number;
  /** Whether names may be sent compressed (RFC 3597 4: the types of RFC 1035 only). */
  readonly compressed: boolean;
}

const ONE_NAME = { before: 0, names: 1, compressed: true };
const LAYOUTS: Readonly<Record<number, DataLayout>> = {
  [TYPE.NS]: ONE_NAME,
  [TYPE.CNAME]: ONE_NAME,
  [TYPE.PTR]: ONE_NAME,
  [TYPE.SOA]: { before: 0, names: 2, compressed: true },
  [TYPE.MX]: { before: 2, names: 1, compressed: true },
  [TYPE.SRV]: { before: 6, names: 1, compressed: false },
  [TYPE.DNAME]: { before: 0, names: 1, compressed: false },
};

/** Undefined for types whose data are only bytes. */
export function layoutOf(type: number): DataLayout | undefined {
  return LAYOUTS[type];
}

/** An A or AAAA record. Throws a RangeError for what is not an address. */
export function addressRecord(name: string, ttl: number, address: string): ResourceRecord {
  const parsed = parseIP(address);
  if (parsed === undefined) throw new RangeError(`Not an address: "${address}"`);
  return { name, ttl, type: parsed.family === 4 ? TYPE.A : TYPE.AAAA, data: [bytesOfIP(parsed)] };
}

export function nameRecord(
  name: string,
  ttl: number,
  type: "CNAME" | "NS" | "PTR",
  target: string,
): ResourceRecord {
  return { name, ttl, type: TYPE[type], data: [target] };
}

/** `text` has at most 255 bytes. */
export function textRecord(name: string, ttl: number, text: string): ResourceRecord {
  const bytes = Buffer.from(text, "latin1");
  return { name, ttl, type: TYPE.TXT, data: [Uint8Array.of(bytes.length, ...bytes)] };
}

export interface ServiceLocation {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

export function serviceRecord(
  name: string,
  ttl: number,
  { priority, weight, port, target }: ServiceLocation,
): ResourceRecord {
  const numbers = new Uint8Array(6);
  const view = new DataView(numbers.buffer);
  [priority, weight, port].forEach((value, index) => view.setUint16(index * 2, value));
  return { name, ttl, type: TYPE.SRV, data: [numbers, target] };
}

export interface Authority {
  readonly server: string;
  readonly mailbox: string;
  readonly serial: number;
  /** Seconds that the absence of a name may be remembered (RFC 2308). */
  readonly minimum: number;
}

export function authorityRecord(
  name: string,
  ttl: number,
  { server, mailbox, serial, minimum }: Authority,
): ResourceRecord {
  const numbers = new Uint8Array(20);
  const view = new DataView(numbers.buffer);
  // Refresh, retry and expire are those of CoreDNS (`plugin/backend_lookup.go`); nobody transfers the zone.
  [serial, 7200, 1800, 86400, minimum].forEach((value, index) => view.setUint32(index * 4, value));
  return { name, ttl, type: TYPE.SOA, data: [server, mailbox, numbers] };
}
