import type { Node } from "#api/generated/core-v1.ts";
import { containsIP, formatIP, parseCIDR, parseIP } from "#base/cidr.ts";
import type { ForwardingEntry, Neighbour } from "../netlink/route/neighbour.ts";
import type { Route } from "../netlink/route/route.ts";
import { factsOf, type NodeFacts, type OverlayBackend, podCIDRsOf } from "./node-facts.ts";
import { vtepAddressOf } from "./vxlan-link.ts";

/** Marks our routes (`rtm_protocol`), so that they are told from those of others; no routing daemon has this number. */
export const ROUTE_PROTOCOL = 107;

/** What IPv6 routes have that are made without a metric. */
const IPV6_METRIC = 1024;

/** What the plan must know of the node that it is for. */
export interface OverlaySelf {
  readonly nodeName: string;
  readonly backend: OverlayBackend;
  /** Index of the link that leads to other nodes: the VXLAN link, or with `host-gw` the uplink. */
  readonly link: number;
  /** The uplink's addresses with their lengths: the hosts that are reached without a router. */
  readonly networks: readonly string[];
  /** The host's address that VXLAN packets are sent from. */
  readonly local: string;
}

/** What the kernel must have, and what keeps the pods of a node from being reached. */
export interface OverlayPlan extends OverlayState {
  readonly problems: readonly string[];
}

export interface OverlayState {
  readonly routes: readonly Route[];
  readonly neighbours: readonly Neighbour[];
  readonly forwardingEntries: readonly ForwardingEntry[];
}

const NOTHING: OverlayPlan = { routes: [], neighbours: [], forwardingEntries: [], problems: [] };

/** The ways to the pods of all other nodes. Nodes that have not published anything yet have none. */
export function planOverlay(nodes: readonly Node[], self: OverlaySelf): OverlayPlan {
  return nodes
    .filter(({ metadata }) => metadata.name !== self.nodeName)
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    .map((node) => planNode(node, self))
    .reduce(join, NOTHING);
}

function planNode(node: Node, self: OverlaySelf): OverlayPlan {
  const facts = factsOf(node);
  const podCIDRs = podCIDRsOf(node);
  if (facts === undefined || self.backend === "none" || podCIDRs.length === 0) return NOTHING;
  const { name } = node.metadata;
  if (facts.backend !== self.backend) {
    return refused(
      `Node "${name}" has the network backend ${facts.backend}, this one ${self.backend}: give both the same --network-backend`,
    );
  }
  const peer = { name, facts, podCIDRs };
  return self.backend === "vxlan" ? planTunnel(peer, self) : planGateway(peer, self);
}

interface Peer {
  readonly name: string;
  readonly facts: NodeFacts;
  readonly podCIDRs: readonly string[];
}

/** The first address of a peer's range stands for its VXLAN link; nothing is ever asked on the link. */
function planTunnel({ name, facts, podCIDRs }: Peer, { link, local }: OverlaySelf): OverlayPlan {
  const { linkAddress } = facts;
  // One that says it has another's would get what is for the pods of the other.
  if (linkAddress !== vtepAddressOf(name)) {
    return refused(`Node "${name}" has ${linkAddress} for a VXLAN link, which is not its own address`);
  }
  const destination = facts.addresses.find((address) => familyOf(address) === familyOf(local));
  if (destination === undefined) {
    return refused(`Node "${name}" has no IPv${String(familyOf(local))} address: give it one with --node-ip`);
  }
  const gateways = podCIDRs.map((cidr) => [cidr, baseOf(cidr)] as const);
  return {
    ...NOTHING,
    forwardingEntries: [{ link, linkAddress, destination }],
    neighbours: gateways.map(([, address]) => ({ link, address, linkAddress })),
    routes: gateways.map(([cidr, gateway]) => routeTo(cidr, { link, gateway, isOnLink: true })),
  };
}

function planGateway({ name, facts, podCIDRs }: Peer, self: OverlaySelf): OverlayPlan {
  return podCIDRs
    .map((cidr): OverlayPlan => {
      const gateway = facts.addresses.find((address) => familyOf(address) === familyOf(baseOf(cidr)));
      if (gateway === undefined) return refused(`Node "${name}" has no address of the family of ${cidr}`);
      if (self.networks.some((network) => isInside(network, gateway))) {
        return { ...NOTHING, routes: [routeTo(cidr, { link: self.link, gateway })] };
      }
      return refused(
        `Node "${name}" at ${gateway} is not on the link of ${self.networks.join(", ")}, and the network backend host-gw reaches no other: use vxlan`,
      );
    })
    .reduce(join, NOTHING);
}

function routeTo(destination: string, way: Pick<Route, "link" | "gateway" | "isOnLink">): Route {
  const metric = familyOf(baseOf(destination)) === 6 ? { metric: IPV6_METRIC } : {};
  return { type: "unicast", destination, ...way, ...metric, protocol: ROUTE_PROTOCOL };
}

function join(a: OverlayPlan, b: OverlayPlan): OverlayPlan {
  return {
    routes: [...a.routes, ...b.routes],
    neighbours: [...a.neighbours, ...b.neighbours],
    forwardingEntries: [...a.forwardingEntries, ...b.forwardingEntries],
    problems: [...a.problems, ...b.problems],
  };
}

function refused(problem: string): OverlayPlan {
  return { ...NOTHING, problems: [problem] };
}

function familyOf(address: string): number | undefined {
  return parseIP(address)?.family;
}

/** The first address of a range that the API server has checked. */
function baseOf(cidr: string): string {
  const range = parseCIDR(cidr, { allowHostBits: true });
  if (range === undefined) throw new RangeError(`Not a network: "${cidr}"`);
  return formatIP(range.base);
}

function isInside(network: string, address: string): boolean {
  const [range, ip] = [parseCIDR(network, { allowHostBits: true }), parseIP(address)];
  return range !== undefined && ip !== undefined && containsIP(range, ip);
}
