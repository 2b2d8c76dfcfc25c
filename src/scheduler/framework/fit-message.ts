import type { NodeRejections } from "./node-rejections.ts";

/**
 * Why a pod fits nowhere, as events and conditions say it (upstream `framework.FitError`):
 * `0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu. preemption: …`
 */
export function fitMessage(
  nodeCount: number,
  rejections: NodeRejections,
  { preFilter, postFilter }: { readonly preFilter?: string; readonly postFilter?: string } = {},
): string {
  const middle = preFilter ?? countedReasons(nodeCount, rejections);
  return [
    `0/${String(nodeCount)} nodes are available:`,
    ...(middle === "" ? [] : [` ${middle}.`]),
    ...(postFilter === undefined || postFilter === "" ? [] : [` ${postFilter}`]),
  ].join("");
}

function countedReasons(nodeCount: number, { byNode, others }: NodeRejections): string {
  const counts = new Map<string, number>();
  const count = (reasons: readonly string[], nodes: number): void => {
    for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + nodes);
  };
  for (const { reasons } of byNode.values()) count(reasons, 1);
  if (byNode.size < nodeCount) count(others.reasons, nodeCount - byNode.size);
  return Array.from(counts, ([reason, nodes]) => `${String(nodes)} ${reason}`)
    .toSorted()
    .join(", ");
}
