import type { Node } from "#api/generated/core-v1.ts";
import { type CIDR, formatCIDR, nthSubnet, overlaps, parseCIDR, sizeOf } from "#base/cidr.ts";
import type { Action, Plan } from "#reconcile/action.ts";
import { type Controller, defineController } from "#reconcile/controller.ts";

/** A range that all nodes share, and how much of it each gets. */
export interface ClusterRange {
  readonly cluster: CIDR;
  /** Prefix length of a node's range (kube-controller-manager `--node-cidr-mask-size-ipv4` and `-ipv6`). */
  readonly nodePrefixLength: number;
}

/** All nodes are decided on together, so that no two get the same range. */
const ALL_NODES = { namespace: "", name: "all-nodes" };

export interface NodeIpamView {
  readonly nodes: readonly Node[];
  /** One of each family, the primary one first. */
  readonly ranges: readonly ClusterRange[];
}

/** Gives every node a part of each range of the cluster's pod network. */
export function nodeIpamController(ranges: readonly ClusterRange[]): Controller<NodeIpamView> {
  return defineController<NodeIpamView>({
    name: "node-ipam",
    account: "node-controller",
    primary: "Node",
    watches: [{ kind: "Node", wakes: () => [ALL_NODES] }],
    writes: ["Node"],
    observe: (_all, caches) => ({ nodes: caches.list("Node"), ranges }),
    plan: planNodeIpam,
  });
}

export function planNodeIpam({ nodes, ranges }: NodeIpamView): Plan {
  const waiting = nodes
    .filter(({ metadata, spec }) => spec.podCIDR === undefined && metadata.deletionTimestamp === undefined)
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const taken = nodes.flatMap(({ spec }) => spec.podCIDRs ?? []).flatMap((text) => parseCIDR(text) ?? []);
  const free = ranges.map((range) => freeRanges(range, taken));
  return {
    actions: waiting.map((node) =>
      assign(
        node,
        free.map((each) => each.next().value),
      ),
    ),
  };
}

function assign(node: Node, ranges: readonly (CIDR | undefined)[]): Action {
  const podCIDRs = ranges.flatMap((range) => (range === undefined ? [] : [formatCIDR(range)]));
  const [podCIDR] = podCIDRs;
  if (podCIDR === undefined || podCIDRs.length < ranges.length) {
    const message = `Node ${node.metadata.name} status is now: CIDRNotAvailable`;
    return { type: "event", about: node, event: { type: "Normal", reason: "CIDRNotAvailable", message } };
  }
  const target = { kind: "Node", namespace: "", name: node.metadata.name };
  return { type: "patch", target, uid: node.metadata.uid, patch: { spec: { podCIDR, podCIDRs } } };
}

function* freeRanges(
  { cluster, nodePrefixLength }: ClusterRange,
  taken: readonly CIDR[],
): Generator<CIDR, undefined, void> {
  const count = sizeOf(cluster) / sizeOf({ base: cluster.base, prefixLength: nodePrefixLength });
  for (let index = 0n; index < count; index += 1n) {
    const range = nthSubnet(cluster, nodePrefixLength, index);
    if (!taken.some((other) => overlaps(other, range))) yield range;
  }
  return undefined;
}
