import { createHash } from "node:crypto";
import type { Link } from "../netlink/route/link.ts";
import type { RouteSocket } from "../netlink/route/route-socket.ts";
import { refuseRouters } from "../netlink/sysctl.ts";

/** The link of the network with the number 1, as flannel names its own. */
export const VXLAN_NAME = "kubelith.1";
const VXLAN_ID = 1;
/** What Linux took before IANA gave out 4789, and flannel takes on Linux: what firewalls are opened for. */
const VXLAN_PORT = 8472;

export interface VxlanLink {
  readonly nodeName: string;
  /** The host's address that packets are sent from. */
  readonly local: string;
  readonly mtu: number;
  /** The link's own addresses, the first ones of the node's pod ranges: what the host sends to pods of other nodes has them. */
  readonly addresses: readonly string[];
  /** Path of the host's network namespace; the own one by default. */
  readonly namespace?: string | undefined;
}

/**
 * Makes the link what it should be, and makes it anew where it cannot be changed. It is tied to no other link, so that it
 * and its entries outlive an uplink that is taken down or away.
 */
export function ensureVxlanLink(routes: RouteSocket, wanted: VxlanLink): Link {
  const { nodeName, local, mtu, addresses, namespace } = wanted;
  const vxlan = { id: VXLAN_ID, local, port: VXLAN_PORT };
  const address = vtepAddressOf(nodeName);
  const present = routes.link(VXLAN_NAME);
  const isUsable = Bun.deepEquals(present?.vxlan, vxlan);
  if (present !== undefined && !isUsable) routes.deleteLink(present.index);
  if (!isUsable) routes.createVxlan(VXLAN_NAME, vxlan, { address, mtu });
  refuseRouters(VXLAN_NAME, { namespace });
  const link = routes.link(VXLAN_NAME);
  if (link === undefined) throw new RangeError(`Link "${VXLAN_NAME}" vanished while it was set up`);
  const isRight = link.up && link.mtu === mtu && link.address === address;
  if (!isRight) routes.changeLink(link.index, { up: true, mtu, address });
  ensureAddresses(routes, link, addresses);
  return link;
}

export function removeVxlanLink(routes: RouteSocket): void {
  const link = routes.link(VXLAN_NAME);
  if (link !== undefined) routes.deleteLink(link.index);
}

/** A link-layer address that follows from the node's name: the same after a restart, and another for each node. */
export function vtepAddressOf(nodeName: string): string {
  const bytes = createHash("sha256").update(nodeName).digest().subarray(0, 6);
  // Locally administered, and not a multicast address.
  bytes[0] = ((bytes[0] ?? 0) & 0xfc) | 0x02;
  return bytes.toString("hex").replace(/(..)(?=.)/g, "$1:");
}

function ensureAddresses(routes: RouteSocket, { index }: Link, addresses: readonly string[]): void {
  const wanted = addresses.map((address) => `${address}/${address.includes(":") ? "128" : "32"}`);
  const present = routes
    .addresses()
    .filter(({ link, address }) => link === index && !address.startsWith("fe80:"));
  for (const address of wanted) {
    if (!present.some((each) => each.address === address)) routes.addAddress({ link: index, address });
  }
  for (const each of present) if (!wanted.includes(each.address)) routes.deleteAddress(each);
}
