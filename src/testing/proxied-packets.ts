import type { Service } from "#api/generated/core-v1.ts";
import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import { IPV4 } from "#network/nft/address-family.ts";
import { diffRulesets } from "#network/nft/diff.ts";
import { FakeNft } from "#network/nft/fake-nft.ts";
import type { Packet } from "#network/nft/packet.ts";
import { planServices } from "#network/proxy/plan-services.ts";
import type { ProxyNode } from "#network/proxy/proxy-node.ts";

export const NODE_IP = "192.168.1.1";

/** The node `n1` whose rules are tried. */
export const NODE: ProxyNode = {
  name: "n1",
  zone: "z1",
  addresses: [NODE_IP],
  family: IPV4,
  clusterCIDRs: ["10.42.0.0/16"],
  serviceCIDRs: ["10.43.0.0/16"],
};

/** A pod on the node that is no endpoint, and a host that is not of the cluster. */
export const POD = "10.42.0.9";
export const OUTSIDE = "1.2.3.4";

export interface PacketCase {
  readonly services?: readonly Service[];
  readonly slices?: readonly EndpointSlice[];
  /** By default it goes from the pod to TCP port 80 of `10.43.0.1`. */
  readonly packet: Partial<Packet>;
}

/** Everything that may become of a packet under the rules for these Services. */
export function outcomes(
  { services = [], slices = [], packet }: PacketCase,
  facts: Partial<ProxyNode> = {},
): readonly string[] {
  const nft = new FakeNft({ localAddresses: [NODE_IP, "10.42.0.1", "127.0.0.1"] });
  const ruleset = planServices(services, slices, { ...NODE, ...facts });
  nft.apply(diffRulesets(undefined, ruleset));
  return nft.outcomes(ruleset.table, {
    protocol: "TCP",
    source: POD,
    destination: "10.43.0.1",
    destinationPort: 80,
    ...packet,
  });
}
