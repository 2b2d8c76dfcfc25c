import { isSameTaint } from "#api/core/v1/taints.ts";
import type { Node, NodeCondition, Taint } from "#api/generated/core-v1.ts";
import { findCondition } from "#apimachinery/conditions.ts";
import type { Time } from "#apimachinery/generated/meta-v1.ts";

/** What events name as their source, as upstream's controllers of nodes do. */
export const NODE_CONTROLLER = "node-controller";

export const NOT_READY = "node.kubernetes.io/not-ready";
export const UNREACHABLE = "node.kubernetes.io/unreachable";

/** The condition Ready; undefined for a node that never said anything. */
export function readyCondition({ status }: Node): NodeCondition | undefined {
  return findCondition(status?.conditions, "Ready");
}

/**
 * The node with taints added, at the end and as of now, and others taken away. The same node when nothing changes.
 */
export function withTaints(node: Node, add: readonly Taint[], remove: readonly Taint[], now: Time): Node {
  const present = node.spec.taints ?? [];
  const missing = add.filter((taint) => !present.some((each) => isSameTaint(each, taint)));
  const kept = present.filter((taint) => !remove.some((each) => isSameTaint(each, taint)));
  if (missing.length === 0 && kept.length === present.length) return node;
  const taints = [...kept, ...missing.map((taint) => ({ ...taint, timeAdded: now }))];
  return { ...node, spec: { ...node.spec, taints } };
}
