import type { PersistentVolume, Pod } from "#api/generated/core-v1.ts";
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
} from "#api/generated/rbac-v1.ts";
import type { ResourceSlice } from "#api/generated/resource-v1.ts";
import type { VolumeAttachment } from "#api/generated/storage-v1.ts";
import type { KindName } from "#api/resource.ts";
import {
  type FollowObjectsDependencies,
  followObjects,
  type ObjectFollower,
} from "../storage/follow-objects.ts";
import type { Authorizer } from "./authorizer.ts";
import { nodeAuthorizer } from "./node/node-authorizer.ts";
import { NodeGraph } from "./node/node-graph.ts";
import { privilegedAuthorizer } from "./privileged-authorizer.ts";
import { rbacAuthorizer } from "./rbac/rbac-authorizer.ts";
import { RoleIndex } from "./rbac/role-index.ts";
import { unionAuthorizer } from "./union-authorizer.ts";

/** The authorizers of kube-apiserver with its usual modes, over what is stored. Disposing ends following that. */
export interface ClusterAuthorizer extends AsyncDisposable {
  readonly authorizer: Authorizer;
  /** Rules of roles, for those who judge what a role would give. */
  readonly roles: RoleIndex;
}

export interface ClusterAuthorizerOptions {
  /** What a node may do with objects that are nobody's in particular. */
  readonly nodeRules: readonly PolicyRule[];
}

export function createClusterAuthorizer(
  { nodeRules }: ClusterAuthorizerOptions,
  dependencies: FollowObjectsDependencies,
): ClusterAuthorizer {
  const stack = new AsyncDisposableStack();
  const follow = (kind: KindName, follower: ObjectFollower): void => {
    stack.use(followObjects(kind, follower, dependencies));
  };
  const roles = new RoleIndex();
  followRoles(roles, follow);
  const graph = new NodeGraph();
  followNodeWork(graph, follow);
  return {
    authorizer: unionAuthorizer([
      privilegedAuthorizer,
      nodeAuthorizer(graph, nodeRules),
      rbacAuthorizer(roles),
    ]),
    roles,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

type Follow = (kind: KindName, follower: ObjectFollower) => void;

/** What is followed as a kind is of that kind, here and below. */
function followRoles(index: RoleIndex, follow: Follow): void {
  const roles: ObjectFollower = {
    put: (role) => index.putRole(role as Role | ClusterRole),
    remove: (role) => index.removeRole(role as Role | ClusterRole),
  };
  const bindings: ObjectFollower = {
    put: (binding) => index.putBinding(binding as RoleBinding | ClusterRoleBinding),
    remove: (binding) => index.removeBinding(binding as RoleBinding | ClusterRoleBinding),
  };
  follow("Role", roles);
  follow("ClusterRole", roles);
  follow("RoleBinding", bindings);
  follow("ClusterRoleBinding", bindings);
}

function followNodeWork(graph: NodeGraph, follow: Follow): void {
  follow("Pod", {
    put: (pod) => graph.putPod(pod as Pod),
    remove: (pod) => graph.removePod(pod as Pod),
  });
  follow("PersistentVolume", {
    put: (volume) => graph.putVolume(volume as PersistentVolume),
    remove: (volume) => graph.removeVolume(volume as PersistentVolume),
  });
  follow("VolumeAttachment", {
    put: (attachment) => graph.putAttachment(attachment as VolumeAttachment),
    remove: (attachment) => graph.removeAttachment(attachment as VolumeAttachment),
  });
  follow("ResourceSlice", {
    put: (slice) => graph.putSlice(slice as ResourceSlice),
    remove: (slice) => graph.removeSlice(slice as ResourceSlice),
  });
}
