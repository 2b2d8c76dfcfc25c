import type { Node } from "#api/generated/core-v1.ts";
import { parseIP } from "#base/cidr.ts";

/** How packets between pods of different nodes travel; with `none` somebody else sees to that. */
export type OverlayBackend = "vxlan" | "host-gw" | "none";

export const OVERLAY_BACKENDS: readonly OverlayBackend[] = ["vxlan", "host-gw", "none"];

/** What other nodes need to know of a node to reach its pods. */
export interface NodeFacts {
  readonly backend: OverlayBackend;
  /** Addresses that other hosts reach this one at, at most one of each family. */
  readonly addresses: readonly string[];
  /** The link-layer address of the VXLAN link; empty for other backends. */
  readonly linkAddress: string;
}

/** Annotations of a Node; each node writes its own. */
const BACKEND = "network.kubelith.io/backend";
const ADDRESSES = "network.kubelith.io/addresses";
const LINK_ADDRESS = "network.kubelith.io/vtep-mac";

/** As annotations; null takes one away. */
export function annotationsOf(facts: NodeFacts): Readonly<Record<string, string | null>> {
  return {
    [BACKEND]: facts.backend,
    [ADDRESSES]: facts.addresses.join(","),
    [LINK_ADDRESS]: facts.linkAddress === "" ? null : facts.linkAddress,
  };
}

/** Undefined for a node that has not said anything, or nothing that makes sense. */
export function factsOf({ metadata: { annotations = {} } }: Node): NodeFacts | undefined {
  const backend = OVERLAY_BACKENDS.find((each) => each === annotations[BACKEND]);
  const addresses = (annotations[ADDRESSES] ?? "").split(",").filter((text) => text !== "");
  const linkAddress = annotations[LINK_ADDRESS] ?? "";
  const isUsable =
    addresses.length > 0 &&
    addresses.every((text) => parseIP(text) !== undefined) &&
    (backend === "vxlan" ? /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(linkAddress) : linkAddress === "");
  return backend !== undefined && isUsable ? { backend, addresses, linkAddress } : undefined;
}

/** The ranges of a node's pods, one for each family. */
export function podCIDRsOf({ spec: { podCIDR = "", podCIDRs = [podCIDR] } }: Node): readonly string[] {
  return podCIDRs.filter((cidr) => cidr !== "");
}
