import type { NodeInfo } from "./framework/node-info.ts";
import type { NodeRejections } from "./framework/node-rejections.ts";
import type { NominatedPods } from "./framework/nominated-pods.ts";
import type { ActiveFilter } from "./framework/plugin.ts";
import type { PodInfo } from "./framework/pod-info.ts";
import { runFiltersWithNominated } from "./framework/run-filters.ts";
import type { Snapshot } from "./framework/snapshot.ts";
import { type PluginRejection, type Rejection, unresolvable } from "./framework/status.ts";

/** From so few nodes on all are compared. */
const MIN_NODES_TO_FIND = 100;
const MIN_PERCENTAGE_TO_FIND = 5;

export interface Search {
  readonly pod: PodInfo;
  readonly filters: readonly ActiveFilter[];
  readonly snapshot: Snapshot;
  readonly nominated: NominatedPods;
  /** The only nodes that can do, and the plugins that said so. */
  readonly only?: { readonly nodeNames: ReadonlySet<string>; readonly plugins: readonly string[] };
  readonly percentageOfNodesToScore: number | undefined;
  /** The position in the snapshot where the search begins, so that all nodes get their turn. */
  readonly startIndex: number;
}

export interface Found {
  readonly feasible: readonly NodeInfo[];
  readonly rejections: NodeRejections;
  /** Where the next search should begin. */
  readonly nextStartIndex: number;
}

/** Nodes that can run the pod: the one that it was promised if that can, else enough of all to choose from. */
export function findNodes(search: Search): Found {
  const { pod, snapshot, startIndex } = search;
  const rejections = new Map<string, PluginRejection>();
  const others = rejectionOfOthers(search);
  const promised = snapshot.get(pod.pod.status?.nominatedNodeName ?? "");
  if (promised !== undefined) {
    const feasible = check(search, promised, rejections) ? [promised] : [];
    if (feasible.length > 0) {
      return { feasible, rejections: { byNode: rejections, others }, nextStartIndex: startIndex };
    }
  }
  const feasible = searchAll(search, rejections);
  const looked = feasible.length + rejections.size;
  return {
    feasible,
    rejections: { byNode: rejections, others },
    nextStartIndex: (startIndex + looked) % snapshot.nodes.length,
  };
}

/** How many nodes that can run a pod are enough (upstream `numFeasibleNodesToFind`). */
export function nodesToFind(nodeCount: number, percentageOfNodesToScore: number | undefined): number {
  if (nodeCount < MIN_NODES_TO_FIND) return nodeCount;
  const adaptive = Math.max(50 - Math.trunc(nodeCount / 125), MIN_PERCENTAGE_TO_FIND);
  const percentage = percentageOfNodesToScore ?? adaptive;
  return Math.max(Math.trunc((nodeCount * percentage) / 100), MIN_NODES_TO_FIND);
}

function searchAll(search: Search, rejections: Map<string, PluginRejection>): readonly NodeInfo[] {
  const { only, snapshot, percentageOfNodesToScore, startIndex } = search;
  const nodes =
    only === undefined
      ? snapshot.nodes
      : Array.from(only.nodeNames, (name) => snapshot.get(name) ?? []).flat();
  const enough = nodesToFind(nodes.length, percentageOfNodesToScore);
  const feasible: NodeInfo[] = [];
  for (let step = 0; step < nodes.length && feasible.length < enough; step += 1) {
    const node = nodes[(startIndex + step) % nodes.length];
    if (node !== undefined && check(search, node, rejections)) feasible.push(node);
  }
  return feasible;
}

function check(
  { pod, filters, nominated }: Search,
  node: NodeInfo,
  rejections: Map<string, PluginRejection>,
): boolean {
  const rejection = runFiltersWithNominated(filters, pod, node, nominated);
  if (rejection !== undefined) rejections.set(node.name, rejection);
  return rejection === undefined;
}

function rejectionOfOthers({ only }: Search): Rejection {
  return only === undefined
    ? unresolvable()
    : unresolvable(`node(s) didn't satisfy plugin(s) [${only.plugins.join(" ")}]`);
}
