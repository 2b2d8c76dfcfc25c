import type { Link } from "../netlink/route/link.ts";
import type { Route } from "../netlink/route/route.ts";
import type { RouteSocket } from "../netlink/route/route-socket.ts";
import { writeSysctl } from "../netlink/sysctl.ts";
import { BRIDGE_NAME, linkAddressOf } from "./link-names.ts";

export interface HostSide {
  /** The bridge's address, and the length of the node's pod CIDR. */
  readonly gateway: string;
  readonly prefixLength: number;
  readonly clusterCIDRs: readonly string[];
  readonly serviceCIDRs: readonly string[];
  readonly mtu: number;
  /** Path of the host's network namespace; the own one by default. */
  readonly namespace?: string | undefined;
}

/** Behind every other route for the same destination. */
const LAST_METRIC = 0x7fff_ffff;

/** What links have when nothing else is known. */
const DEFAULT_MTU = 1500;

/**
 * Makes the host's side of the network what it should be: bridge, address, routes and settings. Changes only what
 * is different, so it can be repeated at any time. Returns the bridge.
 */
export function ensureHostSide(routes: RouteSocket, host: HostSide): Link {
  const bridge = ensureBridge(routes, host);
  const address = `${host.gateway}/${String(host.prefixLength)}`;
  const hasAddress = routes
    .addresses()
    .some((each) => each.link === bridge.index && each.address === address);
  if (!hasAddress) routes.addAddress({ link: bridge.index, address });
  ensureRoutes(routes, bridge, host);
  for (const [path, value] of hostSysctls()) writeSysctl(path, value, { namespace: host.namespace });
  return bridge;
}

/** Removes what `ensureHostSide` and pods made, whatever the pod CIDR was. */
export function removeHostSide(routes: RouteSocket): void {
  const bridge = routes.link(BRIDGE_NAME);
  if (bridge !== undefined) {
    for (const link of routes.links()) {
      if (link.master === bridge.index && link.kind === "veth") routes.deleteLink(link.index);
    }
    routes.deleteLink(bridge.index);
  }
  for (const route of routes.routes()) if (isFence(route)) routes.deleteRoute(route);
}

/** The packet size that fits the way to other hosts: that of the default route's link, else the smallest there is. */
export function detectMtu(routes: RouteSocket): number {
  const links = routes.links();
  const isDefault = ({ destination, type }: Route): boolean =>
    destination === "0.0.0.0/0" && type === "unicast";
  const uplink = routes.routes().find(isDefault)?.link;
  const hardware = links.filter(({ up, loopback, kind }) => up && !loopback && kind === "");
  return (
    links.find(({ index }) => index === uplink)?.mtu ??
    Math.min(DEFAULT_MTU, ...hardware.map(({ mtu }) => mtu))
  );
}

function ensureBridge(routes: RouteSocket, { gateway, mtu }: HostSide): Link {
  const address = linkAddressOf(gateway);
  if (routes.link(BRIDGE_NAME) === undefined) routes.createBridge(BRIDGE_NAME, { address });
  const bridge = requiredLink(routes, BRIDGE_NAME);
  // A bridge whose address was never set takes that of a port, and pods would lose their gateway with the port.
  const isRight = bridge.up && bridge.mtu === mtu && bridge.address === address;
  if (!isRight) routes.changeLink(bridge.index, { up: true, mtu, address });
  return bridge;
}

/**
 * What is for the cluster's ranges never leaves by the default route: unreachable routes fence them off, beneath the
 * specific ones. Cluster IPs have a specific route by the bridge although nobody there has one: a process on the
 * host can only send to them when there is a route, before translation sends its packets elsewhere, and it gives
 * them a source address that pods of all nodes can answer.
 */
function ensureRoutes(
  routes: RouteSocket,
  bridge: Link,
  { gateway, clusterCIDRs, serviceCIDRs }: HostSide,
): void {
  const wanted: readonly Route[] = [
    ...[...clusterCIDRs, ...serviceCIDRs].map(fence),
    ...serviceCIDRs.map((destination) => ({
      type: "unicast" as const,
      destination,
      link: bridge.index,
      source: gateway,
    })),
  ];
  const present = routes.routes();
  for (const route of wanted) {
    if (!present.some((each) => Bun.deepEquals(each, route))) routes.setRoute(route);
  }
}

function fence(destination: string): Route {
  return { type: "unreachable", destination, metric: LAST_METRIC };
}

function isFence({ type, metric }: Route): boolean {
  return type === "unreachable" && metric === LAST_METRIC;
}

/**
 * Pods reach each other through the host's routing, also on one node, so that every packet can be translated and
 * filtered. The host must not tell them of the short cut: a redirect would send answers past the translation. Both
 * settings are needed, since the kernel sends redirects when either is on; other links keep their own.
 */
function hostSysctls(): readonly (readonly [path: readonly string[], value: string])[] {
  return [
    [["net", "ipv4", "ip_forward"], "1"],
    [["net", "ipv4", "conf", "all", "send_redirects"], "0"],
    [["net", "ipv4", "conf", BRIDGE_NAME, "send_redirects"], "0"],
  ];
}

export function requiredLink(routes: RouteSocket, name: string): Link {
  const link = routes.link(name);
  if (link === undefined) throw new RangeError(`Link "${name}" vanished while it was set up`);
  return link;
}
