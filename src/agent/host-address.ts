import { parseIP } from "#base/cidr.ts";
import type { Clock } from "#base/clock.ts";
import { HostAddress, presentHostAddress } from "#network/host-address/host-address.ts";
import type { Logger } from "#observability/logger.ts";
import type { NodeConfig } from "./config.ts";

export type { HostAddress };
export { presentHostAddress };

/** The node's address: the one that was chosen, or the host's own, which may change. */
export function followHostAddress(
  { nodeIp, followsHostAddress, networkInterface }: NodeConfig,
  dependencies: { readonly clock: Clock; readonly logger: Logger },
): HostAddress {
  const interfaceName = networkInterface === "" ? undefined : networkInterface;
  const found = followsHostAddress ? presentHostAddress({ interfaceName }) : undefined;
  return new HostAddress(
    { address: found ?? nodeIp, isFixed: !followsHostAddress, interfaceName },
    dependencies,
  );
}

/** Where the kubelet listens: where it is reached alone, or everywhere when that may change. */
export function kubeletAddress({
  nodeIp,
  followsHostAddress,
}: Pick<NodeConfig, "nodeIp" | "followsHostAddress">) {
  if (!followsHostAddress) return nodeIp;
  return parseIP(nodeIp)?.family === 6 ? "::" : "0.0.0.0";
}
