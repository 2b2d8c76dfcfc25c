import type { Node } from "#api/generated/core-v1.ts";
import type { Plan } from "#reconcile/action.ts";
import { type Controller, defineController } from "#reconcile/controller.ts";

/** What `kubectl get nodes` shows as a role. */
const CONTROL_PLANE_LABEL = "node-role.kubernetes.io/control-plane";

/**
 * Labels the node that runs this server. The node must not do it: a kubelet may not give itself a role (admission
 * plugin NodeRestriction).
 */
export function nodeRoleController(nodeName: string): Controller<Node> {
  return defineController<Node>({
    name: "node-role",
    account: "node-controller",
    primary: "Node",
    watches: [{ kind: "Node", wakes: "itself" }],
    writes: ["Node"],
    observe: ({ name }, caches) => (name === nodeName ? caches.get("Node", "", name) : undefined),
    plan: planNodeRole,
  });
}

export function planNodeRole({ metadata }: Node): Plan {
  const isLabelled = metadata.labels?.[CONTROL_PLANE_LABEL] !== undefined;
  if (isLabelled || metadata.deletionTimestamp !== undefined) return { actions: [] };
  const target = { kind: "Node", namespace: "", name: metadata.name };
  const patch = { metadata: { labels: { [CONTROL_PLANE_LABEL]: "true" } } };
  return { actions: [{ type: "patch", target, uid: metadata.uid, patch }] };
}
