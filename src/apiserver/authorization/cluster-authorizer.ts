import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "#api/generated/rbac-v1.ts";
import {
  type FollowObjectsDependencies,
  followObjects,
  type ObjectFollower,
} from "../storage/follow-objects.ts";
import type { Authorizer } from "./authorizer.ts";
import { privilegedAuthorizer } from "./privileged-authorizer.ts";
import { rbacAuthorizer } from "./rbac/rbac-authorizer.ts";
import { RoleIndex } from "./rbac/role-index.ts";
import { trustedAuthorizer } from "./trusted-authorizer.ts";
import { unionAuthorizer } from "./union-authorizer.ts";

/** The authorizers of kube-apiserver with its usual modes, over what is stored. Disposing ends following that. */
export interface ClusterAuthorizer extends AsyncDisposable {
  readonly authorizer: Authorizer;
  /** Rules of roles, for those who judge what a role would give. */
  readonly roles: RoleIndex;
}

export function createClusterAuthorizer(dependencies: FollowObjectsDependencies): ClusterAuthorizer {
  const stack = new AsyncDisposableStack();
  const roles = new RoleIndex();
  for (const kind of ["Role", "ClusterRole"] as const) {
    stack.use(followObjects(kind, rolesInto(roles), dependencies));
  }
  for (const kind of ["RoleBinding", "ClusterRoleBinding"] as const) {
    stack.use(followObjects(kind, bindingsInto(roles), dependencies));
  }
  return {
    authorizer: unionAuthorizer([privilegedAuthorizer, rbacAuthorizer(roles), trustedAuthorizer]),
    roles,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** What is followed as a kind is of that kind. */
function rolesInto(index: RoleIndex): ObjectFollower {
  return {
    put: (role) => index.putRole(role as Role | ClusterRole),
    remove: (role) => index.removeRole(role as Role | ClusterRole),
  };
}

function bindingsInto(index: RoleIndex): ObjectFollower {
  return {
    put: (binding) => index.putBinding(binding as RoleBinding | ClusterRoleBinding),
    remove: (binding) => index.removeBinding(binding as RoleBinding | ClusterRoleBinding),
  };
}
