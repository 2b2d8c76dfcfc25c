import { overlaps, parseCIDR } from "#base/cidr.ts";
import type { ProxyNode } from "./proxy-node.ts";

/** Stands for the node's own internal addresses among the ranges. */
export const PRIMARY = "primary";

type NodePortPolicy = Pick<ProxyNode, "family" | "addresses" | "nodePortAddresses">;

/** The ranges of this family whose addresses, where they are the host's own, answer node ports. */
export function nodePortRangesOf({
  family,
  addresses = [],
  nodePortAddresses = [],
}: NodePortPolicy): readonly string[] {
  const isOfFamily = (text: string): boolean => text.includes(":") === (family.name === "IPv6");
  const prefixLength = String(family.size * 8);
  const ranges = nodePortAddresses
    .flatMap((each) => (each === PRIMARY ? addresses.map((address) => `${address}/${prefixLength}`) : [each]))
    .filter(isOfFamily);
  if (ranges.length > 0) return [...new Set(ranges)];
  return nodePortAddresses.includes(PRIMARY) ? [] : [family.everything];
}

/** Whether node ports answer on loopback; over IPv6 they never do, since its packets are not routed from there. */
export function servesLoopback(node: NodePortPolicy): boolean {
  const loopback = parseCIDR(node.family.loopback);
  return nodePortRangesOf(node).some((text) => {
    const range = parseCIDR(text, { allowHostBits: true });
    return node.family.name === "IPv4" && range && loopback && overlaps(range, loopback);
  });
}
