import type { ElementType } from "../../nft/ruleset.ts";

/** The numbers by which the `nft` tool knows types; the kernel stores them and hands them back. */
const NUMBERS: Readonly<Record<ElementType, number>> = {
  ipv4_addr: 7,
  ipv6_addr: 8,
  inet_proto: 12,
  inet_service: 13,
  mark: 19,
  ifname: 41,
};
const types = new Map(Object.entries(NUMBERS).map(([type, number]) => [number, type as ElementType]));

/** Six bits per part of a concatenation. */
const BITS = 6;
const MASK = (1 << BITS) - 1;

export function encodeTypes(parts: readonly ElementType[]): number {
  return parts.reduce((number, type) => ((number << BITS) | NUMBERS[type]) >>> 0, 0);
}

/** Undefined for a type that we never use. */
export function decodeTypes(number: number): readonly ElementType[] | undefined {
  const parts: ElementType[] = [];
  for (let rest = number; rest > 0; rest >>>= BITS) {
    const type = types.get(rest & MASK);
    if (type === undefined) return undefined;
    parts.unshift(type);
  }
  return parts;
}
