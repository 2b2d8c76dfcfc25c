import { createHash } from "node:crypto";
import { bytesOfIP, parseIP } from "#base/cidr.ts";

/** The bridge of the node's pods. */
export const BRIDGE_NAME = "kubelith0";

/** The link inside the pod, as every network plugin names it. */
export const POD_LINK_NAME = "eth0";

/** Network managers leave links with this prefix alone by default. */
const PREFIX = "veth";

/** Link names have at most 15 characters (IFNAMSIZ). */
const HASH_LENGTH = 15 - PREFIX.length;

/** The host's end of a pod's link. */
export function hostLinkName(podUid: string): string {
  return PREFIX + createHash("sha256").update(podUid).digest("hex").slice(0, HASH_LENGTH);
}

/** Prefix of the links that what pods send is held back in. */
export const EGRESS_PREFIX = "kbw-";

/** The link that holds back what a pod sends too fast. */
export function egressLinkName(podUid: string): string {
  return EGRESS_PREFIX + hostLinkName(podUid).slice(PREFIX.length);
}

/**
 * A link-layer address that follows from the IP address, so that it does not change when a link is made anew and
 * neighbours have it in their caches. The first two bytes say: locally administered, and not a multicast address.
 */
export function linkAddressOf(address: string): string {
  const ip = parseIP(address);
  if (ip === undefined) throw new RangeError(`Not an IP address: "${address}"`);
  return [
    "0a",
    "58",
    ...Array.from(bytesOfIP(ip).slice(-4), (byte) => byte.toString(16).padStart(2, "0")),
  ].join(":");
}
