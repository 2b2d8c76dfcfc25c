import { closeSync, existsSync, openSync } from "node:fs";
import type { Clock } from "#base/clock.ts";
import type { Link } from "../netlink/route/link.ts";
import { RouteSocket } from "../netlink/route/route-socket.ts";
import { refuseRouters, writeSysctl } from "../netlink/sysctl.ts";
import { isIPv6, requiredLink } from "./host-links.ts";
import { BRIDGE_NAME, hostLinkName, linkAddressOf, POD_LINK_NAME } from "./link-names.ts";

export interface PodLink {
  readonly podUid: string;
  /** With the gateway of the same range. */
  readonly addresses: readonly PodLinkAddress[];
  readonly mtu: number;
  /** Path of the pod's network namespace. */
  readonly networkNamespace: string;
}

export interface PodLinkAddress {
  readonly address: string;
  readonly gateway: string;
}

/**
 * Connects a pod's namespace to the bridge, or completes what an earlier attempt left unfinished. The pod's address
 * has no network around it: everything goes through the gateway, its neighbours on the bridge included.
 */
export function ensurePodLink(host: RouteSocket, bridge: Link, pod: PodLink): void {
  using inside = new RouteSocket({ namespace: pod.networkNamespace });
  const hostLink = ensureVeth({ host, inside, bridge }, pod);
  const isPlugged = hostLink.up && hostLink.master === bridge.index && hostLink.mtu === pod.mtu;
  if (!isPlugged) host.changeLink(hostLink.index, { up: true, master: bridge.index, mtu: pod.mtu });
  // With br_netfilter, translated packets are bridged: one to the pod itself leaves by the port it came in by.
  if (!hostLink.hairpin) host.setHairpin(hostLink.index, true);
  configureInside(inside, pod);
}

/**
 * Waits until packets pass between the pod and the host: the kernel takes notice of a new link's carrier a little
 * later, and of the bridge's, which has one from its first port on, later still. Until then packets are lost. Gives up
 * after a second; somebody took a link down then.
 */
export async function podLinkForwards(host: RouteSocket, podUid: string, clock: Clock): Promise<void> {
  const names = [hostLinkName(podUid), BRIDGE_NAME];
  for (let waitMs = 1; waitMs <= 512; waitMs *= 2) {
    if (names.every((name) => host.link(name)?.operational === true)) return;
    await clock.sleep(waitMs);
  }
}

/**
 * Changes the size of a pod's packets at both ends of its link. Does nothing when the namespace has another pod by now, or
 * none: its path names a process.
 */
export function setPodMtu(
  host: RouteSocket,
  pod: Pick<PodLink, "podUid" | "networkNamespace" | "mtu">,
): void {
  const { podUid, networkNamespace, mtu } = pod;
  const hostLink = host.link(hostLinkName(podUid));
  if (hostLink === undefined || hostLink.mtu === mtu || !existsSync(networkNamespace)) return;
  using inside = new RouteSocket({ namespace: networkNamespace });
  const link = inside.link(POD_LINK_NAME);
  if (link?.peer !== hostLink.index || link.index !== hostLink.peer) return;
  host.changeLink(hostLink.index, { mtu });
  inside.changeLink(link.index, { mtu });
}

/** Deletes a pod's link, both ends of it. Succeeds when it is gone, for example with the pod's namespace. */
export function deletePodLink(host: RouteSocket, podUid: string): void {
  const link = host.link(hostLinkName(podUid));
  if (link !== undefined) host.deleteLink(link.index);
}

interface Sides {
  readonly host: RouteSocket;
  readonly inside: RouteSocket;
  readonly bridge: Link;
}

/** The host's end. A pair whose other end is not in the namespace belongs to a sandbox that is gone, and is replaced. */
function ensureVeth({ host, inside, bridge }: Sides, pod: PodLink): Link {
  const name = hostLinkName(pod.podUid);
  const present = host.link(name);
  if (present !== undefined && inside.link(POD_LINK_NAME) !== undefined) return present;
  if (present !== undefined) host.deleteLink(present.index);
  const namespaceFd = openSync(pod.networkNamespace, "r");
  try {
    host.createVeth({
      name,
      mtu: pod.mtu,
      master: bridge.index,
      up: true,
      peer: {
        name: POD_LINK_NAME,
        mtu: pod.mtu,
        address: linkAddressOf(pod.addresses[0]?.address ?? ""),
        namespaceFd,
      },
    });
  } finally {
    closeSync(namespaceFd);
  }
  return requiredLink(host, name);
}

function configureInside(inside: RouteSocket, { addresses, networkNamespace }: PodLink): void {
  const loopback = inside.link("lo");
  if (loopback?.up === false) inside.changeLink(loopback.index, { up: true });
  const link = requiredLink(inside, POD_LINK_NAME);
  refuseRouters(POD_LINK_NAME, { namespace: networkNamespace });
  if (addresses.some(({ address }) => isIPv6(address))) prepareIPv6(networkNamespace);
  if (!link.up) inside.changeLink(link.index, { up: true });
  for (const each of addresses) addInside(inside, link, each);
}

function addInside(inside: RouteSocket, { index: link }: Link, { address, gateway }: PodLinkAddress): void {
  const [length, all] = isIPv6(address) ? ["128", "::/0"] : ["32", "0.0.0.0/0"];
  inside.addAddress({ link, address: `${address}/${length}` });
  inside.setRoute({ type: "unicast", destination: `${gateway}/${length}`, link });
  inside.setRoute({ type: "unicast", destination: all, link, gateway });
}

/** Docker Engine turns IPv6 off in what it makes. */
function prepareIPv6(namespace: string): void {
  const setting = (link: string, name: string): readonly string[] => ["net", "ipv6", "conf", link, name];
  writeSysctl(setting(POD_LINK_NAME, "accept_dad"), "0", { namespace });
  for (const link of ["lo", POD_LINK_NAME]) writeSysctl(setting(link, "disable_ipv6"), "0", { namespace });
}
