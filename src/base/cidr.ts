/** IP addresses and ranges as numbers, for allocators, routes, filters and checks. */

export type IPFamily = 4 | 6;

/** An address as a number of 32 or 128 bits. An IPv4-mapped IPv6 text (`::ffff:1.2.3.4`) stays IPv6. */
export interface IPAddress {
  readonly family: IPFamily;
  readonly value: bigint;
}

/** A range of addresses; `base` has no bits set behind the prefix. */
export interface CIDR {
  readonly base: IPAddress;
  readonly prefixLength: number;
}

/** An address with the length of its network's prefix; bits behind it are kept as they were written. */
export interface IPPrefix {
  readonly address: IPAddress;
  readonly prefixLength: number;
}

export interface ParseOptions {
  /** Accepts leading zeros in decimal numbers, as Go did before 1.17 (`k8s.io/utils/net.ParseIPSloppy`). */
  readonly leadingZeros?: boolean;
}

const BITS: Readonly<Record<IPFamily, number>> = { 4: 32, 6: 128 };

/**
 * Reads an address in any of its text forms. Undefined for anything else, leading zeros in IPv4 numbers, zones
 * and surrounding space included.
 */
export function parseIP(text: string, options: ParseOptions = {}): IPAddress | undefined {
  return text.includes(":") ? parseIPv6(text, options) : parseIPv4(text, options);
}

/** The canonical text: dotted for IPv4, RFC 5952 for IPv6. */
export function formatIP({ family, value }: IPAddress): string {
  return family === 4 ? formatIPv4(value) : formatIPv6(value);
}

/** Reads `address/length`. Undefined when either part is not valid. */
export function parsePrefix(text: string, options: ParseOptions = {}): IPPrefix | undefined {
  const slash = text.indexOf("/");
  const address = slash < 0 ? undefined : parseIP(text.slice(0, slash), options);
  const prefixLength = parseDecimal(text.slice(slash + 1), options);
  if (address === undefined || prefixLength === undefined) return undefined;
  return prefixLength <= BITS[address.family] ? { address, prefixLength } : undefined;
}

export function formatPrefix({ address, prefixLength }: IPPrefix): string {
  return `${formatIP(address)}/${String(prefixLength)}`;
}

/**
 * As `parsePrefix`. Undefined, too, when the address has bits behind the prefix, unless `allowHostBits` is set; with
 * it they are cleared.
 */
export function parseCIDR(
  text: string,
  { allowHostBits = false }: { readonly allowHostBits?: boolean } = {},
): CIDR | undefined {
  const prefix = parsePrefix(text);
  if (prefix === undefined) return undefined;
  const cidr = networkOf(prefix);
  return allowHostBits || cidr.base.value === prefix.address.value ? cidr : undefined;
}

/** Reads ranges that commas join, at most one of each family. Undefined when one is not valid. */
export function parseCIDRs(text: string): readonly CIDR[] | undefined {
  const cidrs = text.split(",").flatMap((each) => parseCIDR(each) ?? []);
  const families = new Set(cidrs.map(({ base }) => base.family));
  const isValid = cidrs.length === text.split(",").length && families.size === cidrs.length;
  return isValid ? cidrs : undefined;
}

export function formatCIDR({ base, prefixLength }: CIDR): string {
  return formatPrefix({ address: base, prefixLength });
}

/** The range of this prefix length that holds the address. */
export function cidrOf({ family, value }: IPAddress, prefixLength: number): CIDR {
  const hostBits = BigInt(BITS[family] - prefixLength);
  return { base: { family, value: (value >> hostBits) << hostBits }, prefixLength };
}

export function networkOf({ address, prefixLength }: IPPrefix): CIDR {
  return cidrOf(address, prefixLength);
}

/** How many addresses the range has, its first and last included. */
export function sizeOf({ base, prefixLength }: CIDR): bigint {
  return 1n << BigInt(BITS[base.family] - prefixLength);
}

/** True when the address is of the range's family and inside it. */
export function containsIP(cidr: CIDR, { family, value }: IPAddress): boolean {
  return family === cidr.base.family && value >= cidr.base.value && value < cidr.base.value + sizeOf(cidr);
}

/** True when every address of `inner` is in `outer`. */
export function containsCIDR(outer: CIDR, inner: CIDR): boolean {
  return inner.prefixLength >= outer.prefixLength && containsIP(outer, inner.base);
}

/** True when the ranges share an address. */
export function overlaps(a: CIDR, b: CIDR): boolean {
  return containsCIDR(a, b) || containsCIDR(b, a);
}

/** The address `index` places behind the first one. Throws a RangeError outside the range. */
export function nthIP(cidr: CIDR, index: bigint | number): IPAddress {
  const offset = BigInt(index);
  if (offset < 0n || offset >= sizeOf(cidr))
    throw new RangeError(`No address ${String(index)} in ${formatCIDR(cidr)}`);
  return { family: cidr.base.family, value: cidr.base.value + offset };
}

/** The place of an address in the range: the inverse of `nthIP`. Undefined when it is outside. */
export function indexOfIP(cidr: CIDR, address: IPAddress): bigint | undefined {
  return containsIP(cidr, address) ? address.value - cidr.base.value : undefined;
}

/** The addresses in order, from place `from` on. */
export function* addressesOf(cidr: CIDR, from: bigint | number = 0): Generator<IPAddress, void, void> {
  const end = cidr.base.value + sizeOf(cidr);
  for (let value = cidr.base.value + BigInt(from); value < end; value += 1n) {
    yield { family: cidr.base.family, value };
  }
}

/** The subrange number `index` of this prefix length. Throws a RangeError when there is none. */
export function nthSubnet(cidr: CIDR, prefixLength: number, index: bigint | number): CIDR {
  const subnet = { base: cidr.base, prefixLength };
  const offset = BigInt(index) * sizeOf(subnet);
  if (prefixLength < cidr.prefixLength || offset < 0n || offset >= sizeOf(cidr)) {
    throw new RangeError(
      `No subnet ${String(index)} of length ${String(prefixLength)} in ${formatCIDR(cidr)}`,
    );
  }
  return { base: { family: cidr.base.family, value: cidr.base.value + offset }, prefixLength };
}

/** The netmask of an IPv4 or IPv6 range as an address: `255.255.0.0`. */
export function maskOf({ base, prefixLength }: CIDR): IPAddress {
  const bits = BigInt(BITS[base.family]);
  const all = (1n << bits) - 1n;
  return { family: base.family, value: all ^ (all >> BigInt(prefixLength)) };
}

/** Orders IPv4 before IPv6, then by number. */
export function compareIPs(a: IPAddress, b: IPAddress): number {
  if (a.family !== b.family) return a.family - b.family;
  return a.value < b.value ? -1 : Number(a.value > b.value);
}

/** The bytes in network order, 4 or 16 of them. */
export function bytesOfIP({ family, value }: IPAddress): Uint8Array {
  const bytes = new Uint8Array(BITS[family] / 8);
  let rest = value;
  for (let index = bytes.length - 1; index >= 0; index -= 1) {
    bytes[index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

/** The address of 4 or 16 bytes in network order. Throws a RangeError for another length. */
export function ipOfBytes(bytes: Uint8Array): IPAddress {
  const family = bytes.length === 4 ? 4 : 6;
  if (bytes.length * 8 !== BITS[family])
    throw new RangeError(`An address has 4 or 16 bytes, not ${String(bytes.length)}`);
  return { family, value: bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n) };
}

function parseIPv4(text: string, options: ParseOptions): IPAddress | undefined {
  const octets = text.split(".").map((part) => parseDecimal(part, options) ?? Infinity);
  if (octets.length !== 4 || octets.some((octet) => octet > 255)) return undefined;
  return { family: 4, value: octets.reduce((value, octet) => (value << 8n) | BigInt(octet), 0n) };
}

function parseDecimal(text: string, { leadingZeros = false }: ParseOptions): number | undefined {
  const pattern = leadingZeros ? /^[0-9]{1,10}$/ : /^(0|[1-9][0-9]{0,2})$/;
  return pattern.test(text) ? Number(text) : undefined;
}

function parseIPv6(text: string, options: ParseOptions): IPAddress | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, index) => parseGroups(half, index === halves.length - 1, options));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => 0), ...(tail ?? [])];
  return { family: 6, value: groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n) };
}

/** Groups of 16 bits; the last one of an address may be a dotted IPv4 address, which fills two. */
function parseGroups(text: string, isEnd: boolean, options: ParseOptions): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    const dotted =
      isEnd && index === parts.length - 1 && part.includes(".") ? parseIPv4(part, options) : undefined;
    if (dotted !== undefined) groups.push(Number(dotted.value >> 16n), Number(dotted.value & 0xffffn));
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

function formatIPv4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join(".");
}

function formatIPv6(value: bigint): string {
  // RFC 5952 section 5: the well-known mapped prefix keeps its dotted form.
  if (value >> 32n === 0xffffn) return `::ffff:${formatIPv4(value & 0xffffffffn)}`;
  const groups = Array.from({ length: 8 }, (_, index) =>
    Number((value >> BigInt(112 - 16 * index)) & 0xffffn),
  );
  const { start, length } = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(":");
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`;
}

/** RFC 5952 section 4.2.3: the first of the longest runs is shortened. */
function longestZeroRun(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  for (const [index, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: index - length + 1, length };
  }
  return best;
}
