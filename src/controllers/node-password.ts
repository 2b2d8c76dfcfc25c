import { NODE_PASSWORD_NAMESPACE, nodeOfPassword, nodePasswordName } from "#api/core/v1/node-password.ts";
import type { Node, Secret } from "#api/generated/core-v1.ts";
import type { Plan } from "#reconcile/action.ts";
import { refTo } from "#reconcile/claim.ts";
import { defineController } from "#reconcile/controller.ts";

export interface NodePasswordView {
  readonly node: Node;
  readonly password: Secret;
}

/**
 * Makes the Node the owner of the Secret that keeps its name from other hosts. Whoever deletes the Node frees the name:
 * the garbage collector deletes the Secret.
 */
export const nodePasswordController = defineController<NodePasswordView>({
  name: "node-password",
  primary: "Node",
  watches: [
    { kind: "Node", wakes: "itself", when: (_node, previous) => previous === undefined },
    {
      kind: "Secret",
      wakes: ({ metadata }) => {
        const name = nodeOfPassword(metadata);
        return name === undefined ? [] : [{ namespace: "", name }];
      },
    },
  ],
  writes: ["Secret"],
  observe: ({ name }, caches) => {
    const node = caches.get("Node", "", name);
    const password = caches.get("Secret", NODE_PASSWORD_NAMESPACE, nodePasswordName(name));
    return node && password && { node, password };
  },
  plan: planNodePassword,
});

export function planNodePassword({ node, password }: NodePasswordView): Plan {
  const { ownerReferences = [], uid } = password.metadata;
  const isOwned = ownerReferences.some((owner) => owner.uid === node.metadata.uid);
  if (isOwned || node.metadata.deletionTimestamp !== undefined) return { actions: [] };
  const owner = { apiVersion: "v1", kind: "Node", name: node.metadata.name, uid: node.metadata.uid };
  const patch = { metadata: { ownerReferences: [owner] } };
  return { actions: [{ type: "patch", target: refTo(password, "Secret"), uid, patch }] };
}
