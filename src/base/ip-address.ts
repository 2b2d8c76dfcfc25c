/** An IP address as its bytes: 4 of them for IPv4, 16 for IPv6. An IPv4-mapped IPv6 address keeps its 16. */
export interface IpAddress {
  readonly family: "IPv4" | "IPv6";
  readonly bytes: readonly number[];
}

/** A network in CIDR notation; bits behind the prefix are kept as they were written. */
export interface Cidr {
  readonly address: IpAddress;
  readonly prefixLength: number;
}

export interface ParseOptions {
  /** Accepts leading zeros in decimal numbers, as Go did before 1.17 (`k8s.io/utils/net.ParseIPSloppy`). */
  readonly leadingZeros?: boolean;
}

/** Reads an address in any of its valid notations, without a zone; undefined when it is none. */
export function parseIpAddress(text: string, options: ParseOptions = {}): IpAddress | undefined {
  const bytes = text.includes(":") ? parseIpv6(text, options) : parseIpv4(text, options);
  return bytes && { family: bytes.length === 4 ? "IPv4" : "IPv6", bytes };
}

/** Reads `address/prefix-length`; undefined when it is not that or the length is out of range. */
export function parseCidr(text: string, options: ParseOptions = {}): Cidr | undefined {
  const slash = text.indexOf("/");
  if (slash < 0) return undefined;
  const address = parseIpAddress(text.slice(0, slash), options);
  const prefixLength = parseDecimal(text.slice(slash + 1), options);
  if (address === undefined || prefixLength === undefined) return undefined;
  return prefixLength <= address.bytes.length * 8 ? { address, prefixLength } : undefined;
}

/** The canonical text (RFC 5952). */
export function formatIpAddress({ bytes }: IpAddress): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups = groupsOf(bytes);
  const [start, length] = longestZeroRun(groups);
  const hex = (part: readonly number[]) => part.map((group) => group.toString(16)).join(":");
  return length < 2 ? hex(groups) : `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`;
}

/** The canonical text of a network, as it is written. */
export function formatCidr({ address, prefixLength }: Cidr): string {
  return `${formatIpAddress(address)}/${String(prefixLength)}`;
}

/** The network with all bits behind the prefix cleared. */
export function maskCidr({ address, prefixLength }: Cidr): Cidr {
  const bytes = address.bytes.map((byte, index) => {
    const kept = Math.min(8, Math.max(0, prefixLength - index * 8));
    return byte & (0xff << (8 - kept)) & 0xff;
  });
  return { address: { ...address, bytes }, prefixLength };
}

/** Whether a network contains an address of the same family. */
export function cidrContains(cidr: Cidr, address: IpAddress): boolean {
  if (cidr.address.family !== address.family) return false;
  const masked = maskCidr({ address, prefixLength: cidr.prefixLength });
  return formatIpAddress(masked.address) === formatIpAddress(maskCidr(cidr).address);
}

/** The IPv4 address inside an IPv4-mapped IPv6 address; any other address unchanged. */
export function unmapIpAddress(address: IpAddress): IpAddress {
  return isIpv4Mapped(address) ? { family: "IPv4", bytes: address.bytes.slice(12) } : address;
}

export function isIpv4Mapped({ bytes }: IpAddress): boolean {
  return bytes.length === 16 && bytes.every((byte, index) => index > 11 || byte === (index < 10 ? 0 : 0xff));
}

function parseIpv4(text: string, options: ParseOptions): number[] | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const bytes = parts.map((part) => parseDecimal(part, options)).filter((byte) => byte !== undefined);
  return bytes.length === 4 && bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

function parseIpv6(text: string, options: ParseOptions): number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, index) => parseGroups(half, index === halves.length - 1, options));
  if (head === undefined) return undefined;
  if (halves.length === 1) return head.length === 16 ? head : undefined;
  if (tail === undefined || head.length + tail.length > 14) return undefined;
  const zeros = Array.from({ length: 16 - head.length - tail.length }, () => 0);
  return [...head, ...zeros, ...tail];
}

/** The bytes of colon-separated groups; only the last part of an address may end in an IPv4 address. */
function parseGroups(text: string, isLast: boolean, options: ParseOptions): number[] | undefined {
  if (text === "") return [];
  const groups = text.split(":");
  const bytes: number[] = [];
  for (const [index, group] of groups.entries()) {
    const ipv4 = isLast && index === groups.length - 1 && group.includes(".");
    const parsed = ipv4 ? parseIpv4(group, options) : parseGroup(group);
    if (parsed === undefined) return undefined;
    bytes.push(...parsed);
  }
  return bytes.length > 16 ? undefined : bytes;
}

function parseGroup(group: string): number[] | undefined {
  if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
  const value = Number.parseInt(group, 16);
  return [value >> 8, value & 0xff];
}

function parseDecimal(text: string, { leadingZeros = false }: ParseOptions): number | undefined {
  const pattern = leadingZeros ? /^[0-9]{1,10}$/ : /^(0|[1-9][0-9]{0,9})$/;
  return pattern.test(text) ? Number(text) : undefined;
}

function groupsOf(bytes: readonly number[]): number[] {
  return Array.from(
    { length: 8 },
    (_, index) => ((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0),
  );
}

/** Start and length of the first longest run of zero groups. */
function longestZeroRun(groups: readonly number[]): readonly [start: number, length: number] {
  let best: readonly [number, number] = [0, 0];
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (groups[end] === 0) end++;
    if (end - start > best[1]) best = [start, end - start];
  }
  return best;
}
