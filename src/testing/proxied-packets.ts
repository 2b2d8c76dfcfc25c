import type { Service } from "#api/generated/core-v1.ts";
import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import { FakeIptables } from "#network/iptables/fake-iptables.ts";
import { restoreText } from "#network/iptables/restore-text.ts";
import { IPV4 } from "#network/nft/address-family.ts";
import { diffRulesets } from "#network/nft/diff.ts";
import { FakeNft } from "#network/nft/fake-nft.ts";
import type { Packet } from "#network/nft/packet.ts";
import { assembleRules } from "#network/proxy/iptables/assemble-rules.ts";
import { planRewrite } from "#network/proxy/iptables/plan-change.ts";
import { planServiceRules } from "#network/proxy/iptables/plan-service-rules.ts";
import { planServices, rankOf } from "#network/proxy/plan-services.ts";
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

const LOCAL_ADDRESSES = [NODE_IP, "10.42.0.1", "127.0.0.1", "fd00::1"];

export interface PacketCase {
  readonly services?: readonly Service[];
  readonly slices?: readonly EndpointSlice[];
  /** By default it goes from the pod to TCP port 80 of `10.43.0.1`. */
  readonly packet: Partial<Packet>;
}

export type Outcomes = (packetCase: PacketCase, facts?: Partial<ProxyNode>) => readonly string[];

/** Everything that may become of a packet under the nftables rules for these Services. */
export const nftOutcomes: Outcomes = ({ services = [], slices = [], packet }, facts) => {
  const nft = new FakeNft({ localAddresses: LOCAL_ADDRESSES });
  const ruleset = planServices(services, slices, { ...NODE, ...facts });
  nft.apply(diffRulesets(undefined, ruleset));
  return nft.outcomes(ruleset.table, packetOf(packet));
};

/** Everything that may become of a packet under the iptables rules for these Services. */
export const iptablesOutcomes: Outcomes = ({ services = [], slices = [], packet }, facts) => {
  const node = { ...NODE, ...facts };
  const parts = services
    .toSorted((a, b) => (rankOf(a) < rankOf(b) ? -1 : 1))
    .map((service) => {
      const own = slices.filter(
        ({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === service.metadata.name,
      );
      return planServiceRules(service, own, node);
    });
  const iptables = new FakeIptables({ localAddresses: LOCAL_ADDRESSES });
  const empty = { filter: new Map(), nat: new Map() };
  iptables.tamper(restoreText(planRewrite(empty, assembleRules(parts, node))) ?? "");
  return iptables.outcomes(packetOf(packet));
};

/** Both ways of rules by their names. */
export const WAYS: readonly { readonly way: string; readonly outcomes: Outcomes }[] = [
  { way: "nftables", outcomes: nftOutcomes },
  { way: "iptables", outcomes: iptablesOutcomes },
];

function packetOf(packet: Partial<Packet>): Packet {
  return { protocol: "TCP", source: POD, destination: "10.43.0.1", destinationPort: 80, ...packet };
}
