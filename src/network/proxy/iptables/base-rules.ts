import type { Jump, SharedRule } from "../../iptables/ruleset.ts";
import { nodePortRangesOf, servesLoopback } from "../node-port-addresses.ts";
import type { ProxyNode } from "../proxy-node.ts";

/** The chains that all Services share, by the names that people and programs know from kube-proxy. */
export const CHAINS = {
  services: "KUBE-SERVICES",
  externalServices: "KUBE-EXTERNAL-SERVICES",
  nodePorts: "KUBE-NODEPORTS",
  postrouting: "KUBE-POSTROUTING",
  markMasquerade: "KUBE-MARK-MASQ",
  forward: "KUBE-FORWARD",
  proxyFirewall: "KUBE-PROXY-FIREWALL",
  firewall: "KUBE-FIREWALL",
} as const;

/** One bit of a packet's mark says that its source must be hidden; others know this one to be taken. */
const MASQUERADE_BIT = 14;

const NEW = "-m conntrack --ctstate NEW";

/** Each goes before all other rules of its chain. */
export const JUMPS: readonly Jump[] = [
  jump("filter", "INPUT", CHAINS.externalServices, "kubernetes externally-visible service portals", NEW),
  jump("filter", "FORWARD", CHAINS.externalServices, "kubernetes externally-visible service portals", NEW),
  jump("filter", "INPUT", CHAINS.nodePorts, "kubernetes health check service ports"),
  jump("filter", "FORWARD", CHAINS.services, "kubernetes service portals", NEW),
  jump("filter", "OUTPUT", CHAINS.services, "kubernetes service portals", NEW),
  jump("filter", "FORWARD", CHAINS.forward, "kubernetes forwarding rules"),
  jump("filter", "INPUT", CHAINS.proxyFirewall, "kubernetes load balancer firewall", NEW),
  jump("filter", "OUTPUT", CHAINS.proxyFirewall, "kubernetes load balancer firewall", NEW),
  jump("filter", "FORWARD", CHAINS.proxyFirewall, "kubernetes load balancer firewall", NEW),
  jump("nat", "OUTPUT", CHAINS.services, "kubernetes service portals"),
  jump("nat", "PREROUTING", CHAINS.services, "kubernetes service portals"),
  jump("nat", "POSTROUTING", CHAINS.postrouting, "kubernetes postrouting rules"),
  { table: "filter", from: "INPUT", to: CHAINS.firewall, matches: "" },
  { table: "filter", from: "OUTPUT", to: CHAINS.firewall, matches: "" },
];

function jump(table: Jump["table"], from: string, to: string, comment: string, when = ""): Jump {
  const matches = [when, `-m comment --comment "${comment}"`].filter((part) => part !== "").join(" ");
  return { table, from, to, matches };
}

/** The shared chains of each table, in the order of kube-proxy's. */
export const SHARED_CHAINS = {
  filter: [
    CHAINS.services,
    CHAINS.externalServices,
    CHAINS.forward,
    CHAINS.nodePorts,
    CHAINS.proxyFirewall,
    CHAINS.firewall,
  ],
  nat: [CHAINS.services, CHAINS.nodePorts, CHAINS.postrouting, CHAINS.markMasquerade],
} as const;

/** Rules that do not belong to a Service; in each chain they come after those of Services. */
export function baseRules(node: ProxyNode): readonly SharedRule[] {
  // Unsigned: the last bit would make it negative.
  const mark = `0x${((1 << (node.masqueradeBit ?? MASQUERADE_BIT)) >>> 0).toString(16)}`;
  const marked = `${mark}/${mark}`;
  return [
    ...nat(CHAINS.postrouting, [
      `-m mark ! --mark ${marked} -j RETURN`,
      // Cleared, so that a packet that comes through once more is not hidden again.
      `-j MARK --xor-mark ${mark}`,
      '-m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
    ]),
    ...nat(CHAINS.markMasquerade, [`-j MARK --or-mark ${mark}`]),
    ...nat(CHAINS.services, nodePortJumps(node)),
    ...filter(CHAINS.forward, [
      "-m conntrack --ctstate INVALID -j DROP",
      `-m comment --comment "kubernetes forwarding rules" -m mark --mark ${marked} -j ACCEPT`,
      '-m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    ]),
    ...filter(CHAINS.firewall, servesLoopback(node) ? [guardLoopback(node)] : []),
  ];
}

function nodePortJumps(node: ProxyNode): readonly string[] {
  const { family } = node;
  const comment = '"kubernetes service nodeports; NOTE: this must be the last rule in this chain"';
  return nodePortRangesOf(node).map((range) => {
    const address = range === family.everything ? notLoopback(node) : `-d ${range} `;
    return `-m comment --comment ${comment} -m addrtype --dst-type LOCAL ${address}-j ${CHAINS.nodePorts}`;
  });
}

function notLoopback(node: ProxyNode): string {
  return servesLoopback(node) ? "" : `! -d ${node.family.loopback} `;
}

function guardLoopback({ family: { loopback } }: ProxyNode): string {
  const comment = '-m comment --comment "block incoming localnet connections"';
  return `${comment} -d ${loopback} ! -s ${loopback} -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP`;
}

function nat(chain: string, rules: readonly string[]): readonly SharedRule[] {
  return rules.map((rule) => ({ table: "nat", chain, rule }));
}

function filter(chain: string, rules: readonly string[]): readonly SharedRule[] {
  return rules.map((rule) => ({ table: "filter", chain, rule }));
}
