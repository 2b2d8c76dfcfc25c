import { type Features, NO_FEATURES } from "#api/features.ts";
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
} from "#api/generated/rbac-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import { namespaceRoleBindings } from "./bindings.ts";
import {
  componentClusterRoleBindings,
  componentClusterRoles,
  componentRoleBindings,
  componentRoles,
} from "./component-roles.ts";
import { account, toClusterRole, toClusterRoleBinding, toRole, toRoleBinding } from "./declarations.ts";
import { namespaceRoles } from "./namespace-roles.ts";
import { switchedPolicy } from "./switched-policy.ts";

/** The roles and bindings that every cluster has. */
export interface BootstrapPolicy {
  readonly clusterRoles: readonly NewObject<ClusterRole>[];
  readonly clusterRoleBindings: readonly NewObject<ClusterRoleBinding>[];
  readonly roles: readonly NewObject<Role>[];
  readonly roleBindings: readonly NewObject<RoleBinding>[];
}

const CONTROLLER_PREFIX = "system:controller:";

/** What the Node authorizer lets nodes do; nobody has the role itself. */
export function nodeRules(features: Features): readonly PolicyRule[] {
  return switchedPolicy(features).clusterRoles.find(({ name }) => name === "system:node")?.rules ?? [];
}

/** Those of Kubernetes with these features, and what Kubelith's own parts need besides. */
export function bootstrapPolicy(features: Features = NO_FEATURES): BootstrapPolicy {
  const { clusterRoles, clusterRoleBindings, controllerRoles } = switchedPolicy(features);
  const ofControllers = controllerRoles.map((role) => ({ ...role, name: CONTROLLER_PREFIX + role.name }));
  const toControllers = controllerRoles.map(({ name }) => ({
    name: CONTROLLER_PREFIX + name,
    subjects: [account(name)],
  }));
  return {
    clusterRoles: [...clusterRoles, ...ofControllers, ...componentClusterRoles].map(toClusterRole),
    clusterRoleBindings: [...clusterRoleBindings, ...toControllers, ...componentClusterRoleBindings].map(
      toClusterRoleBinding,
    ),
    roles: [...namespaceRoles, ...componentRoles].map(toRole),
    roleBindings: [...namespaceRoleBindings, ...componentRoleBindings].map(toRoleBinding),
  };
}
