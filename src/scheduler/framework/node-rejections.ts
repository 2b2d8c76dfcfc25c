import type { NodeInfo } from "./node-info.ts";
import type { Snapshot } from "./snapshot.ts";
import type { PluginRejection, Rejection } from "./status.ts";

/** Why the nodes cannot run a pod. */
export interface NodeRejections {
  /** By the name of the node, as far as nodes were looked at one by one. */
  readonly byNode: ReadonlyMap<string, PluginRejection>;
  /** Why all other nodes cannot. */
  readonly others: Rejection;
}

/** The nodes whose rejection pods could be taken away for. */
export function preemptableNodes(
  { byNode, others }: NodeRejections,
  { nodes }: Snapshot,
): readonly NodeInfo[] {
  return nodes.filter(({ name }) => (byNode.get(name) ?? others).code === "Unschedulable");
}
