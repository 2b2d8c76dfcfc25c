import { isIPv4, isIPv6 } from "node:net";

/** The 4 or 16 bytes of an address; undefined for a text that is not one. */
export function parseIPAddress(text: string): Uint8Array | undefined {
  if (isIPv4(text)) return Uint8Array.from(text.split(".").map(Number));
  return isIPv6(text) && !text.includes("%") ? parseIPv6(text) : undefined;
}

function parseIPv6(text: string): Uint8Array {
  const [head = "", tail] = text.split("::");
  const before = groups(head);
  const after = groups(tail ?? "");
  const missing = tail === undefined ? 0 : 8 - before.length - after.length;
  const words = [...before, ...Array.from({ length: missing }, () => 0), ...after];
  return Uint8Array.from(words.flatMap((word) => [word >> 8, word & 0xff]));
}

/** The last group may be an IPv4 address, which stands for two. */
function groups(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (!group.includes(".")) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
    return [(a << 8) | b, (c << 8) | d];
  });
}
