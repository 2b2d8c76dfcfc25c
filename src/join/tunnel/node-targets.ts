import { type CIDR, containsIP, nthIP, parseCIDR, parseIP, sizeOf } from "#base/cidr.ts";
import type { TunnelTarget } from "./frame.ts";

/** What servers may reach through an agent. */
export interface NodeTargets {
  /** Where the kubelet of this node listens. */
  readonly kubelet: TunnelTarget;
  /** The ranges of this node's pods. */
  readonly podCIDRs: readonly string[];
}

/** The address by which servers mean the node itself. */
export const NODE_ITSELF = "127.0.0.1";

/**
 * Where a stream leads; undefined for what is not this node's to give: a server reaches the kubelet and the pods of the
 * node, but neither what else listens on its host nor what is around it.
 */
export function resolveTarget(
  { host, port }: TunnelTarget,
  { kubelet, podCIDRs }: NodeTargets,
): TunnelTarget | undefined {
  if (host === NODE_ITSELF) return port === kubelet.port ? kubelet : undefined;
  const address = parseIP(host);
  if (address === undefined) return undefined;
  const range = podCIDRs.map((text) => parseCIDR(text)).find((cidr) => cidr && containsIP(cidr, address));
  return range === undefined || address.value <= lastOfHost(range) ? undefined : { host, port };
}

/** The first addresses of a range are its name and the node's own, at which everything on the host listens. */
function lastOfHost(range: CIDR): bigint {
  return sizeOf(range) > 1n ? nthIP(range, 1).value : range.base.value;
}
