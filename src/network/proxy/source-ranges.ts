import type { Service } from "#api/generated/core-v1.ts";
import { type CIDR, containsIP, formatCIDR, parseCIDR, parseIP } from "#base/cidr.ts";
import type { ProxyNode } from "./proxy-node.ts";

/**
 * The ranges that may reach the Service by its load balancer's addresses, without those of another family; none
 * stands for everybody.
 *
 * A node whose address is in a range also may come from the load balancer's addresses: a node that has such an
 * address itself uses it as the source of what it sends there.
 */
export function sourceRangesOf(
  { spec }: Service,
  loadBalancerIPs: readonly string[],
  { family, addresses = [] }: ProxyNode,
): readonly string[] {
  const ranges = (spec.loadBalancerSourceRanges ?? [])
    .map((text) => parseCIDR(text.trim(), { allowHostBits: true }))
    .filter((range) => range !== undefined)
    .filter(({ base }) => (base.family === 4) === (family.name === "IPv4"));
  const isNodeInside = addresses.some((address) => ranges.some((range) => contains(range, address)));
  const prefixLength = String(family.size * 8);
  return [
    ...ranges.map(formatCIDR),
    ...(isNodeInside ? loadBalancerIPs.map((address) => `${address}/${prefixLength}`) : []),
  ];
}

function contains(range: CIDR, text: string): boolean {
  const address = parseIP(text);
  return address !== undefined && containsIP(range, address);
}
