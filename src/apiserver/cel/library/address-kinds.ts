/** What kinds of addresses there are, as Go's `net/netip` tells them apart. */
import type { IpAddress } from "#base/ip-address.ts";

export function isUnspecified({ bytes }: IpAddress): boolean {
  return bytes.every((byte) => byte === 0);
}

export function isLoopback({ bytes, family }: IpAddress): boolean {
  if (family === "IPv4") return bytes[0] === 127;
  return bytes.every((byte, index) => byte === (index === 15 ? 1 : 0));
}

export function isLinkLocalMulticast({ bytes: [a = 0, b = 0, c = 0], family }: IpAddress): boolean {
  return family === "IPv4" ? a === 224 && b === 0 && c === 0 : a === 0xff && (b & 0x0f) === 0x02;
}

export function isLinkLocalUnicast({ bytes: [a = 0, b = 0], family }: IpAddress): boolean {
  return family === "IPv4" ? a === 169 && b === 254 : a === 0xfe && (b & 0xc0) === 0x80;
}

export function isGlobalUnicast(address: IpAddress): boolean {
  const isOther = [isUnspecified, isLoopback, isLinkLocalUnicast, isMulticast, isBroadcast];
  return !isOther.some((is) => is(address));
}

function isMulticast({ bytes: [a = 0], family }: IpAddress): boolean {
  return family === "IPv4" ? (a & 0xf0) === 0xe0 : a === 0xff;
}

function isBroadcast({ bytes, family }: IpAddress): boolean {
  return family === "IPv4" && bytes.every((byte) => byte === 255);
}
