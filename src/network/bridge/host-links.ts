import type { Link } from "../netlink/route/link.ts";
import type { Route } from "../netlink/route/route.ts";
import type { RouteSocket } from "../netlink/route/route-socket.ts";
import { readSysctl, refuseRouters, writeSysctl } from "../netlink/sysctl.ts";
import { BRIDGE_NAME, linkAddressOf } from "./link-names.ts";

/** The bridge's address in a range of the node's pods, and the range's length. */
export interface Gateway {
  readonly gateway: string;
  readonly prefixLength: number;
}

export interface HostSide {
  /** One of each family, the primary one first. */
  readonly gateways: readonly Gateway[];
  readonly clusterCIDRs: readonly string[];
  readonly serviceCIDRs: readonly string[];
  readonly mtu: number;
  /** Path of the host's network namespace; the own one by default. */
  readonly namespace?: string | undefined;
}

/** Behind every other route for the same destination. */
const LAST_METRIC = 0x7fff_ffff;

/** What IPv6 routes have that are made without a metric. */
const IPV6_METRIC = 1024;

type Sysctl = readonly [path: readonly string[], value: string];

/** What links have when nothing else is known. */
const DEFAULT_MTU = 1500;

/**
 * Makes the host's side of the network what it should be: bridge, address, routes and settings. Changes only what
 * is different, so it can be repeated at any time. Returns the bridge.
 */
export function ensureHostSide(routes: RouteSocket, host: HostSide): Link {
  const bridge = ensureBridge(routes, host);
  const present = routes.addresses().filter(({ link }) => link === bridge.index);
  for (const { gateway, prefixLength } of host.gateways) {
    const address = `${gateway}/${String(prefixLength)}`;
    if (!present.some((each) => each.address === address)) routes.addAddress({ link: bridge.index, address });
  }
  ensureRoutes(routes, bridge, host);
  for (const [path, value] of hostSysctls(host)) writeSysctl(path, value, { namespace: host.namespace });
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

function ensureBridge(routes: RouteSocket, { gateways, mtu, namespace }: HostSide): Link {
  const address = linkAddressOf(gateways[0]?.gateway ?? "");
  if (routes.link(BRIDGE_NAME) === undefined) routes.createBridge(BRIDGE_NAME, { address });
  const bridge = requiredLink(routes, BRIDGE_NAME);
  refuseRouters(BRIDGE_NAME, { namespace });
  if (gateways.some(({ gateway }) => isIPv6(gateway))) prepareIPv6(routes, namespace);
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
  { gateways, clusterCIDRs, serviceCIDRs }: HostSide,
): void {
  const wanted: readonly Route[] = [
    ...[...clusterCIDRs, ...serviceCIDRs].map(fence),
    ...serviceCIDRs.flatMap((destination) =>
      gateways
        .filter(({ gateway }) => isIPv6(gateway) === isIPv6(destination))
        .map(({ gateway }) => serviceRoute(destination, bridge, gateway)),
    ),
  ];
  const present = routes.routes();
  for (const route of wanted) {
    if (!present.some((each) => Bun.deepEquals(each, route))) routes.setRoute(route);
  }
}

function serviceRoute(destination: string, bridge: Link, source: string): Route {
  const metric = isIPv6(destination) ? { metric: IPV6_METRIC } : {};
  return { type: "unicast", destination, link: bridge.index, source, ...metric };
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
function hostSysctls({ gateways }: HostSide): readonly Sysctl[] {
  const ipv4: readonly Sysctl[] = [
    [["net", "ipv4", "ip_forward"], "1"],
    [["net", "ipv4", "conf", "all", "send_redirects"], "0"],
    [["net", "ipv4", "conf", BRIDGE_NAME, "send_redirects"], "0"],
  ];
  const ipv6: readonly Sysctl[] = [[["net", "ipv6", "conf", "all", "forwarding"], "1"]];
  return gateways.flatMap(({ gateway }) => (isIPv6(gateway) ? ipv6 : ipv4));
}

/**
 * To ask for a pod's link-layer address the host needs a link-local address of its own, at once: nobody on the bridge can
 * have the same. A host that forwards stops listening to routers, which may be where its default route comes from: links
 * that listen now are told to go on (`accept_ra` 2).
 */
function prepareIPv6(routes: RouteSocket, namespace: string | undefined): void {
  const setting = (link: string, name: string): readonly string[] => ["net", "ipv6", "conf", link, name];
  writeSysctl(setting(BRIDGE_NAME, "accept_dad"), "0", { namespace });
  writeSysctl(setting(BRIDGE_NAME, "disable_ipv6"), "0", { namespace });
  if (readSysctl(setting("all", "forwarding"), { namespace }) === "1") return;
  for (const { name, kind } of routes.links()) {
    const listens = kind === "" && readSysctl(setting(name, "accept_ra"), { namespace }) === "1";
    if (listens) writeSysctl(setting(name, "accept_ra"), "2", { namespace });
  }
}

export function isIPv6(text: string): boolean {
  return text.includes(":");
}

export function requiredLink(routes: RouteSocket, name: string): Link {
  const link = routes.link(name);
  if (link === undefined) throw new RangeError(`Link "${name}" vanished while it was set up`);
  return link;
}
