import type { Link } from "../netlink/route/link.ts";
import type { RouteSocket } from "../netlink/route/route-socket.ts";
import type { TokenBucket } from "../netlink/route/traffic-control.ts";
import type { PodBandwidth } from "../pod-network.ts";
import { EGRESS_PREFIX, egressLinkName, hostLinkName } from "./link-names.ts";

/** How long what waits for its turn may wait; as the bandwidth plugin of CNI. */
const LATENCY_SECONDS = 0.025;

/** So much may pass at once after a pause, in time at the full rate; at least one packet of the largest size. */
const BURST_SECONDS = 0.1;
const SMALLEST_BURST_BYTES = 65_536;
const LARGEST_BURST_BYTES = 256 * 1024 * 1024;

/**
 * Limits what a pod receives, where its link leaves the host, and what it sends: links cannot hold back what they receive,
 * so that makes a detour through a link of kind `ifb`, which can. Throws a NetlinkError when the kernel has no token
 * buckets or no such links.
 */
export function ensurePodBandwidth(
  host: RouteSocket,
  podUid: string,
  { ingress, egress }: PodBandwidth = {},
): void {
  const link = host.link(hostLinkName(podUid));
  if (link === undefined) return;
  const detour = host.link(egressLinkName(podUid));
  if (ingress !== undefined) host.setTokenBucket(link.index, bucketOf(ingress));
  if (egress !== undefined) limitEgress(host, link, { podUid, egress, detour });
}

/** Deletes the detour; the rest goes with the pod's link. */
export function deletePodBandwidth(host: RouteSocket, podUid: string): void {
  const detour = host.link(egressLinkName(podUid));
  if (detour !== undefined) host.deleteLink(detour.index);
}

/** Deletes the detours of all pods but these. */
export function deleteOtherDetours(host: RouteSocket, podUids: readonly string[]): void {
  const expected = new Set(podUids.map(egressLinkName));
  for (const { name, kind, index } of host.links()) {
    if (kind === "ifb" && name.startsWith(EGRESS_PREFIX) && !expected.has(name)) host.deleteLink(index);
  }
}

export function bucketOf(bitsPerSecond: number): TokenBucket {
  const rate = Math.max(1, Math.floor(bitsPerSecond / 8));
  const burst = Math.floor(rate * BURST_SECONDS);
  const burstBytes = Math.min(LARGEST_BURST_BYTES, Math.max(SMALLEST_BURST_BYTES, burst));
  const queueBytes = Math.min(0xffff_ffff, Math.floor(rate * LATENCY_SECONDS) + burstBytes);
  return { bytesPerSecond: BigInt(rate), burstBytes, queueBytes };
}

interface Egress {
  readonly podUid: string;
  readonly egress: number;
  readonly detour: Link | undefined;
}

function limitEgress(host: RouteSocket, link: Link, { podUid, egress, detour }: Egress): void {
  const name = egressLinkName(podUid);
  if (detour === undefined) host.createIfb(name, { mtu: link.mtu, up: true });
  const ifb = detour ?? host.link(name);
  if (ifb === undefined) throw new RangeError(`Link "${name}" vanished while it was set up`);
  host.changeLink(ifb.index, { up: true, mtu: link.mtu });
  host.setTokenBucket(ifb.index, bucketOf(egress));
  host.redirectIngress(link.index, ifb.index);
}
