import type { Node } from "#api/generated/core-v1.ts";
import { type CIDR, formatCIDR, nthSubnet, overlaps, parseCIDR, sizeOf } from "#base/cidr.ts";
import type { Action, Plan } from "#reconcile/action.ts";
import { type Controller, defineController } from "#reconcile/controller.ts";

/** Every node gets 256 addresses for its pods (kube-controller-manager `--node-cidr-mask-size`). */
const NODE_PREFIX = 24;

/** All nodes are decided on together, so that no two get the same range. */
const ALL_NODES = { namespace: "", name: "all-nodes" };

export interface NodeIpamView {
  readonly nodes: readonly Node[];
  readonly cluster: CIDR;
}

/** Gives every node a range of the cluster's pod network. Throws a RangeError for what is not a network. */
export function nodeIpamController(clusterCIDR: string): Controller<NodeIpamView> {
  const cluster = parseCIDR(clusterCIDR);
  if (cluster === undefined) throw new RangeError(`Not a network: "${clusterCIDR}"`);
  return defineController<NodeIpamView>({
    name: "node-ipam",
    account: "node-controller",
    primary: "Node",
    watches: [{ kind: "Node", wakes: () => [ALL_NODES] }],
    writes: ["Node"],
    observe: (_all, caches) => ({ nodes: caches.list("Node"), cluster }),
    plan: planNodeIpam,
  });
}

export function planNodeIpam({ nodes, cluster }: NodeIpamView): Plan {
  const waiting = nodes
    .filter(({ metadata, spec }) => spec.podCIDR === undefined && metadata.deletionTimestamp === undefined)
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const free = freeRanges(
    cluster,
    nodes.flatMap(({ spec }) => parseCIDR(spec.podCIDR ?? "") ?? []),
  );
  return { actions: waiting.map((node) => assign(node, free.next().value)) };
}

function assign(node: Node, range: CIDR | undefined): Action {
  if (range === undefined) {
    const message = `Node ${node.metadata.name} status is now: CIDRNotAvailable`;
    return { type: "event", about: node, event: { type: "Normal", reason: "CIDRNotAvailable", message } };
  }
  const podCIDR = formatCIDR(range);
  const target = { kind: "Node", namespace: "", name: node.metadata.name };
  return { type: "patch", target, uid: node.metadata.uid, patch: { spec: { podCIDR, podCIDRs: [podCIDR] } } };
}

function* freeRanges(cluster: CIDR, taken: readonly CIDR[]): Generator<CIDR, undefined, void> {
  const count = sizeOf(cluster) >> BigInt(32 - NODE_PREFIX);
  for (let index = 0n; index < count; index += 1n) {
    const range = nthSubnet(cluster, NODE_PREFIX, index);
    if (!taken.some((other) => overlaps(other, range))) yield range;
  }
  return undefined;
}
