import { parseIP } from "#base/cidr.ts";
import { isLinkLocal, withoutLength } from "../netlink/route/ip-address.ts";
import type { Link } from "../netlink/route/link.ts";
import { isDefaultRoute } from "../netlink/route/route.ts";
import type { RouteSocket } from "../netlink/route/route-socket.ts";
import type { OverlayBackend } from "./node-facts.ts";

/** Outer Ethernet, IP, UDP and VXLAN headers, by the IP family of the hosts' addresses. */
const VXLAN_OVERHEAD = { 4: 50, 6: 70 } as const;

/** What an IPv6 link must carry (RFC 8200); less also makes no sense for IPv4. */
const SMALLEST_MTU = 1280;

/** How to find the link to other hosts. */
export interface UplinkChoice {
  /** Name of the link; without it the one with the node's address. */
  readonly interfaceName: string | undefined;
  /** The node's addresses at present, the preferred one first. */
  readonly nodeIPs: () => readonly string[];
}

/** The link by which other hosts are reached. */
export interface Uplink {
  readonly link: Link;
  /** The link's addresses with their lengths, without those that are valid on the link alone. */
  readonly networks: readonly string[];
  /** The address that other hosts know this one by, of each family the first; that of the node first. */
  readonly addresses: readonly string[];
}

/** Undefined while no link has the name, or the address. What has no address that others could know is no uplink. */
export function findUplink(
  routes: RouteSocket,
  { interfaceName, nodeIPs }: UplinkChoice,
): Uplink | undefined {
  const known = nodeIPs();
  const all = routes.addresses().filter(({ address }) => !isLinkLocal(address));
  const ownerOf = (nodeIP: string | undefined): number | undefined =>
    all.find(({ address }) => nodeIP === withoutLength(address))?.link;
  const isChosen = ({ name, index }: Link): boolean =>
    interfaceName === undefined ? index === ownerOf(known[0]) : name === interfaceName;
  const link = routes.links().find((each) => !each.loopback && isChosen(each));
  const networks = all.filter((each) => each.link === link?.index).map(({ address }) => address);
  if (link === undefined || networks.length === 0) return undefined;
  const present = networks.map(withoutLength);
  const preferred = known.filter((address) => present.includes(address));
  return { link, networks, addresses: firstOfEachFamily([...preferred, ...present]) };
}

/** The largest packet of pods that fits the way to other hosts, and the way out. Undefined without an uplink. */
export function podMtu(
  routes: RouteSocket,
  { backend, ...choice }: UplinkChoice & { readonly backend: OverlayBackend },
): number | undefined {
  const uplink = findUplink(routes, choice);
  if (uplink === undefined) return undefined;
  const family = parseIP(uplink.addresses[0] ?? "")?.family ?? 4;
  const overhead = backend === "vxlan" ? VXLAN_OVERHEAD[family] : 0;
  const ways = routes.routes().filter(isDefaultRoute);
  const out = routes.links().filter(({ index }) => ways.some(({ link }) => link === index));
  return Math.max(SMALLEST_MTU, Math.min(uplink.link.mtu - overhead, ...out.map(({ mtu }) => mtu)));
}

function firstOfEachFamily(addresses: readonly string[]): readonly string[] {
  const families = addresses.map((address) => parseIP(address)?.family);
  return addresses.filter((_, index) => families.indexOf(families[index]) === index);
}
