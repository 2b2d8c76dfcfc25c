import type { Features } from "#api/features.ts";
import { clusterRoleBindings } from "./bindings.ts";
import { clusterRoles } from "./cluster-roles.ts";
import { controllerRoles } from "./controller-roles.ts";
import {
  allow,
  type BindingDeclaration,
  group,
  READ,
  RECORD_EVENTS,
  type RoleDeclaration,
} from "./declarations.ts";

interface SwitchedPolicy {
  readonly clusterRoles: readonly RoleDeclaration[];
  readonly clusterRoleBindings: readonly BindingDeclaration[];
  readonly controllerRoles: readonly RoleDeclaration[];
}

const READ_BUNDLES = allow(READ, "certificates.k8s.io", "clustertrustbundles");
const BUNDLE_DISCOVERY = "system:cluster-trust-bundle-discovery";

/** The roles of v1.36 with what features that are off by default add to them (kubernetes `bootstrappolicy`). */
export function switchedPolicy(features: Features): SwitchedPolicy {
  if (!features.has("ClusterTrustBundle")) return { clusterRoles, clusterRoleBindings, controllerRoles };
  return {
    clusterRoles: [...clusterRoles.map(withBundles), { name: BUNDLE_DISCOVERY, rules: [READ_BUNDLES] }],
    clusterRoleBindings: [
      ...clusterRoleBindings,
      { name: BUNDLE_DISCOVERY, subjects: [group("system:serviceaccounts")] },
    ],
    controllerRoles: [
      ...controllerRoles,
      {
        name: "kube-apiserver-serving-clustertrustbundle-publisher",
        rules: [
          allow("attest", "certificates.k8s.io", "signers", "kubernetes.io/kube-apiserver-serving"),
          allow("create delete list update watch", "certificates.k8s.io", "clustertrustbundles"),
          RECORD_EVENTS,
        ],
      },
    ],
  };
}

/** Before the last rule of nodes. */
function withBundles(role: RoleDeclaration): RoleDeclaration {
  if (role.name !== "system:node") return role;
  return { ...role, rules: [...role.rules.slice(0, -1), READ_BUNDLES, ...role.rules.slice(-1)] };
}
