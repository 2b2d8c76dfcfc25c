import { type AddressFamily, loadAddress, matchPrefix } from "../nft/address-family.ts";
import {
  commented,
  loadProtocolAndPort,
  matchLocal,
  matchNewConnection,
  matchTranslated,
  rule,
  verdict,
} from "../nft/build.ts";
import type { Expression } from "../nft/expression.ts";
import type { TablePart } from "../nft/ledger.ts";
import { type Chain, PRIORITY, type Rule, type SetDefinition, type TableName } from "../nft/ruleset.ts";
import { protocolBytes } from "../nft/value.ts";
import { forNodePorts, guardLoopback, lookUpNodePort } from "./node-port-rules.ts";
import type { ProxyNode } from "./proxy-node.ts";

/**
 * The layout of the table. A frontend is an address, protocol and port at which a Service is reached, or the
 * protocol and port of a node port.
 *
 * A new connection to a frontend costs two look-ups, however many Services there are: `service-ips` says which chain
 * to take, which depends only on how many endpoints the frontend has (`endpoints-3`), and that chain picks one of
 * the frontend's endpoints from `service-endpoints` by a random number. So adding a Service adds elements, and
 * hardly ever a chain.
 *
 * Which connections must be masqueraded is decided after routing, from the destination that connection tracking
 * remembers. No packet mark is used, so none can collide with other software's.
 *
 * Map keys are never the result of another map look-up, although the kernel could do that: the `nft` tool aborts
 * when it has to print such a rule (seen with 1.0.6), and with it `nft list ruleset` on the whole host.
 */
export const SETS = {
  /** Frontends with endpoints: where to go. */
  serviceIPs: "service-ips",
  nodePorts: "service-node-ports",
  /** Frontends and a number: the endpoint. */
  endpoints: "service-endpoints",
  nodePortEndpoints: "node-port-endpoints",
  /** Frontends without endpoints: what to do instead. */
  noEndpointIPs: "no-endpoint-ips",
  noEndpointNodePorts: "no-endpoint-node-ports",
  clusterIPs: "cluster-ips",
  /** Frontends for traffic from outside the cluster: how to masquerade. */
  externalIPs: "external-ips",
  externalNodePorts: "external-node-ports",
  /** Frontends that only some ranges of clients may reach: where that is decided. */
  firewallIPs: "firewall-ips",
  /** Every endpoint's address, twice: what is sent to itself must be masqueraded. */
  hairpin: "hairpin",
} as const;

export const CHAINS = {
  services: "services",
  endpointsCheck: "endpoints-check",
  nodePortsCheck: "node-ports-check",
  firewallCheck: "firewall-check",
  clusterIPsCheck: "cluster-ips-check",
  reject: "reject",
  masquerade: "masquerade",
  masqueradeLocal: "masquerade-local",
} as const;

export function proxyTable(family: AddressFamily): TableName {
  return { family: family.nft, name: "kubelith" };
}

/** What the table has without any Service. */
export function basePart(node: ProxyNode): TablePart {
  return {
    sets: Object.entries(baseSets(node.family)),
    chains: Object.entries({ ...baseChains(node), ...innerChains(node) }),
  };
}

function baseSets({ type }: AddressFamily): Readonly<Record<string, SetDefinition>> {
  return {
    [SETS.serviceIPs]: { key: [type, "inet_proto", "inet_service"], value: "verdict" },
    [SETS.nodePorts]: { key: ["inet_proto", "inet_service"], value: "verdict" },
    [SETS.endpoints]: { key: [type, "inet_proto", "inet_service", "mark"], value: [type, "inet_service"] },
    [SETS.nodePortEndpoints]: { key: ["inet_proto", "inet_service", "mark"], value: [type, "inet_service"] },
    [SETS.noEndpointIPs]: { key: [type, "inet_proto", "inet_service"], value: "verdict" },
    [SETS.noEndpointNodePorts]: { key: ["inet_proto", "inet_service"], value: "verdict" },
    [SETS.clusterIPs]: { key: [type] },
    [SETS.externalIPs]: { key: [type, "inet_proto", "inet_service"], value: "verdict" },
    [SETS.externalNodePorts]: { key: ["inet_proto", "inet_service"], value: "verdict" },
    [SETS.firewallIPs]: { key: [type, "inet_proto", "inet_service"], value: "verdict" },
    [SETS.hairpin]: { key: [type, type] },
  };
}

/**
 * Traffic is kept from load balancers' addresses before it is translated, translated before routing, refused where
 * packets are filtered, and masqueraded after routing.
 */
function baseChains(node: ProxyNode): Readonly<Record<string, Chain>> {
  const ifNew = (chain: string): Rule => rule(matchNewConnection, verdict(`jump ${chain}`));
  return {
    "filter-prerouting": {
      hook: { type: "filter", hook: "prerouting", priority: PRIORITY.beforeDstnat },
      rules: [ifNew(CHAINS.firewallCheck)],
    },
    "filter-output-before-nat": {
      hook: { type: "filter", hook: "output", priority: PRIORITY.beforeDstnat },
      rules: [ifNew(CHAINS.firewallCheck)],
    },
    "nat-prerouting": {
      hook: { type: "nat", hook: "prerouting", priority: PRIORITY.dstnat },
      rules: [rule(verdict(`jump ${CHAINS.services}`))],
    },
    "nat-output": {
      hook: { type: "nat", hook: "output", priority: PRIORITY.dstnat },
      rules: [rule(verdict(`jump ${CHAINS.services}`))],
    },
    "nat-postrouting": {
      hook: { type: "nat", hook: "postrouting", priority: PRIORITY.srcnat },
      rules: [rule(matchTranslated(true), verdict("jump masquerading"))],
    },
    "filter-input": {
      hook: { type: "filter", hook: "input", priority: PRIORITY.filter },
      rules: [...guardLoopback(node), ifNew(CHAINS.nodePortsCheck), ifNew(CHAINS.endpointsCheck)],
    },
    "filter-forward": {
      hook: { type: "filter", hook: "forward", priority: PRIORITY.filter },
      rules: [ifNew(CHAINS.endpointsCheck), ifNew(CHAINS.clusterIPsCheck)],
    },
    "filter-output": {
      hook: { type: "filter", hook: "output", priority: PRIORITY.filter },
      rules: [ifNew(CHAINS.endpointsCheck), ifNew(CHAINS.clusterIPsCheck)],
    },
  };
}

function innerChains(node: ProxyNode): Readonly<Record<string, Chain>> {
  const { family } = node;
  return {
    [CHAINS.services]: {
      rules: [
        rule(loadFrontend(family), { type: "vmap", set: SETS.serviceIPs, key: 0 }),
        ...forNodePorts(node, (matchAddress) =>
          rule(matchLocal("daddr"), matchAddress, lookUpNodePort(SETS.nodePorts)),
        ),
      ],
    },
    [CHAINS.endpointsCheck]: {
      rules: [rule(loadFrontend(family), { type: "vmap", set: SETS.noEndpointIPs, key: 0 })],
    },
    [CHAINS.nodePortsCheck]: {
      rules: forNodePorts(node, (matchAddress) =>
        rule(matchAddress, lookUpNodePort(SETS.noEndpointNodePorts)),
      ),
    },
    [CHAINS.firewallCheck]: {
      rules: [rule(loadFrontend(family), { type: "vmap", set: SETS.firewallIPs, key: 0 })],
    },
    [CHAINS.clusterIPsCheck]: { rules: clusterIPsCheck(node) },
    [CHAINS.reject]: { rules: reject(family) },
    masquerading: { rules: masquerading(node) },
    [CHAINS.masquerade]: { rules: [rule(MASQUERADE)] },
    [CHAINS.masqueradeLocal]: { rules: [rule(matchLocal("saddr"), MASQUERADE)] },
  };
}

/**
 * A reset for TCP. The ICMP message that other protocols get (and TCP with upstream's nftables proxy) is sent to one
 * address only a few times per second (net.ipv4.icmp_ratelimit), and is not taken as the answer by a client on this
 * node whose `connect` it interrupts: both would wait for a retransmission.
 */
function reject({ portUnreachable }: AddressFamily): readonly Rule[] {
  return [
    rule(
      { type: "meta", key: "l4proto", into: 0 },
      { type: "cmp", register: 0, operator: "==", value: protocolBytes("TCP").slice(0, 1) },
      { type: "reject", with: "tcp reset" },
    ),
    rule({ type: "reject", with: "icmp unreachable", code: portUnreachable }),
  ];
}

const MASQUERADE: Expression = { type: "masquerade", flags: ["fully-random"] };

/** Destination address, protocol and port, from register 0 on. */
export function loadFrontend(family: AddressFamily): readonly Expression[] {
  return [loadAddress(family, "daddr", 0), ...loadProtocolAndPort(family.registers)];
}

/**
 * What still goes to a cluster IP after translation found no Service: a known one has no such port, an unknown one
 * may belong to a Service that this node has not heard of yet, so that its client should try again.
 */
function clusterIPsCheck({ family, serviceCIDRs }: ProxyNode): readonly Rule[] {
  return [
    commented(
      "Reject traffic to invalid ports of ClusterIPs",
      rule(
        loadAddress(family, "daddr", 0),
        { type: "lookup", set: SETS.clusterIPs, key: 0 },
        verdict(`goto ${CHAINS.reject}`),
      ),
    ),
    ...serviceCIDRs.map((cidr) =>
      commented(
        "Drop traffic to unallocated ClusterIPs",
        rule(matchPrefix(family, "daddr", "==", cidr), verdict("drop")),
      ),
    ),
  ];
}

/** For translated connections: hairpin first, then what came in by a cluster IP, then by other frontends. */
function masquerading({ family, clusterCIDRs, masqueradesAll = false }: ProxyNode): readonly Rule[] {
  const original = (into: number): Expression => ({
    type: "ct",
    key: family.originalDestination,
    direction: "original",
    into,
  });
  const originalPort = (into: number): readonly Expression[] => [
    { type: "meta", key: "l4proto", into },
    { type: "ct", key: "proto-dst", direction: "original", into: into + 1 },
  ];
  const toClusterIP: readonly Expression[] = [original(0), { type: "lookup", set: SETS.clusterIPs, key: 0 }];
  return [
    rule(
      loadAddress(family, "saddr", 0),
      loadAddress(family, "daddr", family.registers),
      { type: "lookup", set: SETS.hairpin, key: 0 },
      MASQUERADE,
    ),
    commented(
      masqueradesAll
        ? "Masquerade all traffic to ClusterIPs"
        : "Masquerade traffic to ClusterIPs from outside the cluster",
      rule(
        toClusterIP,
        masqueradesAll ? [] : clusterCIDRs.flatMap((cidr) => matchPrefix(family, "saddr", "!=", cidr)),
        MASQUERADE,
      ),
    ),
    rule(toClusterIP, verdict("return")),
    rule(original(0), originalPort(family.registers), { type: "vmap", set: SETS.externalIPs, key: 0 }),
    rule(originalPort(0), { type: "vmap", set: SETS.externalNodePorts, key: 0 }),
  ];
}
