import type { Node, Taint } from "#api/generated/core-v1.ts";
import { defineAdmissionPlugin } from "../admission-plugin.ts";

const NOT_READY: Taint = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" };

/** No pod is put on a new node before the node has reported that it is ready. */
export const taintNodesByConditionPlugin = defineAdmissionPlugin({
  name: "TaintNodesByCondition",
  operations: ["CREATE"],
  resources: ["nodes"],
  mutate: ({ object }) => addNotReadyTaint(object as Node),
});

function addNotReadyTaint(node: Node): Node | undefined {
  const { taints = [] } = node.spec;
  const isTainted = taints.some(({ key, effect }) => key === NOT_READY.key && effect === NOT_READY.effect);
  return isTainted ? undefined : { ...node, spec: { ...node.spec, taints: [...taints, NOT_READY] } };
}
