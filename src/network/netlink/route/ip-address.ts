import { bytesOfIP, formatIP, ipOfBytes, parseIP, parsePrefix } from "#base/cidr.ts";
import { NetlinkError } from "../netlink-error.ts";
import { AF_INET, AF_INET6 } from "./protocol.ts";

/** The bytes of an address that the program made itself. Throws a RangeError for a text that is not one. */
export function addressBytes(text: string): Uint8Array {
  const address = parseIP(text);
  if (address === undefined) throw new RangeError(`Not an IP address: "${text}"`);
  return bytesOfIP(address);
}

export function formatAddress(bytes: Uint8Array): string {
  if (bytes.length !== 4 && bytes.length !== 16) throw NetlinkError.malformed("address has no known length");
  return formatIP(ipOfBytes(bytes));
}

export function addressFamily(bytes: Uint8Array): number {
  return bytes.length === 4 ? AF_INET : AF_INET6;
}

/** The bytes and length of a prefix such as `10.42.0.0/16`. */
export function prefixBytes(text: string): { readonly address: Uint8Array; readonly length: number } {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new RangeError(`Not an address prefix: "${text}"`);
  return { address: bytesOfIP(prefix.address), length: prefix.prefixLength };
}

/** Whether an address, with or without a length, is valid on its link alone. */
export function isLinkLocal(address: string): boolean {
  return /^(fe[89ab]|169\.254\.)/.test(address);
}

/** `10.42.0.1` of `10.42.0.1/24`. */
export function withoutLength(address: string): string {
  return address.split("/")[0] ?? "";
}
