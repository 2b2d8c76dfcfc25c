/** What kinds of addresses there are, as Go's `net` and `net/netip` tell them apart. */
import { containsIP, type IPAddress, parseCIDR } from "./cidr.ts";

export const isUnspecified = isIn("0.0.0.0/32", "::/128");
export const isLoopback = isIn("127.0.0.0/8", "::1/128");
export const isLinkLocalUnicast = isIn("169.254.0.0/16", "fe80::/10");
/** Go tells it by the scope bits alone: `ffX2::/16` for any flags X. */
export const isLinkLocalMulticast = isIn(
  "224.0.0.0/24",
  ...Array.from({ length: 16 }, (_, flags) => `ff${flags.toString(16)}2::/16`),
);
const isMulticast = isIn("224.0.0.0/4", "ff00::/8");
const isBroadcast = isIn("255.255.255.255/32");
export const isIPv4Mapped = isIn("::ffff:0:0/96");

export function isGlobalUnicast(address: IPAddress): boolean {
  const others = [isUnspecified, isLoopback, isLinkLocalUnicast, isMulticast, isBroadcast];
  return !others.some((is) => is(address));
}

/** The IPv4 address inside an IPv4-mapped IPv6 address; any other address unchanged. */
export function unmapIP(address: IPAddress): IPAddress {
  return isIPv4Mapped(address) ? { family: 4, value: address.value & 0xffffffffn } : address;
}

export function familyName({ family }: IPAddress): "IPv4" | "IPv6" {
  return family === 4 ? "IPv4" : "IPv6";
}

function isIn(...networks: readonly string[]): (address: IPAddress) => boolean {
  const ranges = networks.flatMap((text) => parseCIDR(text) ?? []);
  return (address) => ranges.some((range) => containsIP(range, address));
}
