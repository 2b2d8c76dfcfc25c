import type { ElementType } from "./ruleset.ts";

/** Bytes of a value of each type; names of links are padded with zeros to IFNAMSIZ. */
const SIZES: Readonly<Record<ElementType, number>> = {
  ipv4_addr: 4,
  ipv6_addr: 16,
  inet_proto: 1,
  inet_service: 2,
  mark: 4,
  ifname: 16,
};

export function sizeOfType(type: ElementType): number {
  return SIZES[type];
}

/** Bytes of a concatenation: each part is padded to whole registers, a single value is not. */
export function sizeOfTypes(types: readonly ElementType[]): number {
  const [first] = types;
  if (first !== undefined && types.length === 1) return SIZES[first];
  return types.reduce((sum, type) => sum + paddedSizeOfType(type), 0);
}

/** Bytes of a value of the type as a part of a concatenation. */
export function paddedSizeOfType(type: ElementType): number {
  return (SIZES[type] + 3) & ~3;
}
