import type { Service } from "#api/generated/core-v1.ts";
import { familyAddress, matchPrefix } from "../nft/address-family.ts";
import { rule, verdict } from "../nft/build.ts";
import type { TablePart } from "../nft/ledger.ts";
import { frontendKey, loadBalancerIPsOf } from "./frontends.ts";
import { SETS } from "./layout.ts";
import type { ProxyNode } from "./proxy-node.ts";
import { sourceRangesOf } from "./source-ranges.ts";

/** Keeps what is not of the Service's source ranges from its load balancer's addresses; node ports are left open. */
export function planFirewall(service: Service, node: ProxyNode): TablePart {
  const { family } = node;
  const { namespace = "", name } = service.metadata;
  const addresses = loadBalancerIPsOf(service).filter((ip) => familyAddress(family, ip) !== undefined);
  const ranges = sourceRangesOf(service, addresses, node);
  if (addresses.length === 0 || ranges.length === 0) return {};
  const chain = `firewall/${namespace}/${name}`;
  const allowed = ranges.map((range) => rule(matchPrefix(family, "saddr", "==", range), verdict("return")));
  return {
    chains: [[chain, { rules: [...allowed, rule(verdict("drop"))] }]],
    elements: addresses.flatMap((address) =>
      (service.spec.ports ?? []).map((port) => ({
        set: SETS.firewallIPs,
        key: frontendKey(familyAddress(family, address) ?? "", port),
        value: `goto ${chain}`,
      })),
    ),
  };
}
