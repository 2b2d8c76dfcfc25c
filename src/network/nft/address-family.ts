import type { Expression, Register } from "./expression.ts";
import type { ByteString, ElementType } from "./ruleset.ts";
import { addressBytes, prefixMask } from "./value.ts";

/** What differs between rules for IPv4 and for IPv6. */
export interface AddressFamily {
  /** As the Kubernetes API names it. */
  readonly name: "IPv4" | "IPv6";
  readonly nft: "ip" | "ip6";
  readonly type: Extract<ElementType, "ipv4_addr" | "ipv6_addr">;
  /** Bytes of an address. */
  readonly size: number;
  /** Registers that an address fills. */
  readonly registers: number;
  readonly sourceOffset: number;
  readonly destinationOffset: number;
  /** Loads the destination before translation, as connection tracking remembers it. */
  readonly originalDestination: "ip daddr" | "ip6 daddr";
  readonly loopback: string;
  /** The range of all addresses. */
  readonly everything: string;
  /** ICMP code of "port unreachable". */
  readonly portUnreachable: number;
}

export const IPV4: AddressFamily = {
  name: "IPv4",
  nft: "ip",
  type: "ipv4_addr",
  size: 4,
  registers: 1,
  sourceOffset: 12,
  destinationOffset: 16,
  originalDestination: "ip daddr",
  loopback: "127.0.0.0/8",
  everything: "0.0.0.0/0",
  portUnreachable: 3,
};

export const IPV6: AddressFamily = {
  name: "IPv6",
  nft: "ip6",
  type: "ipv6_addr",
  size: 16,
  registers: 4,
  sourceOffset: 8,
  destinationOffset: 24,
  originalDestination: "ip6 daddr",
  loopback: "::1/128",
  everything: "::/0",
  portUnreachable: 4,
};

/** The bytes of an address of this family; undefined for another family's and for a text that is no address. */
export function familyAddress(family: AddressFamily, text: string): ByteString | undefined {
  const bytes = addressBytes(text);
  return bytes?.length === family.size ? bytes : undefined;
}

/** Whether an address or a range is of this family. */
export function isOfFamily({ nft }: AddressFamily, text: string): boolean {
  return text.includes(":") === (nft === "ip6");
}

/** Steps that go on when the source or destination is inside the range, or outside with `!=`. */
export function matchPrefix(
  family: AddressFamily,
  field: "saddr" | "daddr",
  operator: "==" | "!=",
  cidr: string,
): readonly Expression[] {
  return [loadAddress(family, field, 0), ...matchLoadedAddress(family, operator, cidr)];
}

/** Steps that go on when the address that was loaded is inside the range, or outside with `!=`. */
export function matchLoadedAddress(
  family: AddressFamily,
  operator: "==" | "!=",
  cidr: string,
): readonly Expression[] {
  const [address = "", length = ""] = cidr.split("/");
  const base = familyAddress(family, address);
  if (base === undefined) throw new RangeError(`Not an ${family.name} range: "${cidr}"`);
  const mask = prefixMask(Number(length), family.size);
  return [
    { type: "bitwise", from: 0, into: 0, length: family.size, mask, xor: "\0".repeat(family.size) },
    { type: "cmp", register: 0, operator, value: base },
  ];
}

export function loadAddress(family: AddressFamily, field: "saddr" | "daddr", into: Register): Expression {
  const offset = field === "saddr" ? family.sourceOffset : family.destinationOffset;
  return { type: "payload", base: "network", offset, length: family.size, into };
}
