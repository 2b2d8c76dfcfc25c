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
import type { AuthorizationMetrics } from "./authorization-metrics.ts";
import type { Authorizer } from "./authorizer.ts";
import type { AuthorizerChain, ChainLink } from "./authorizer-chain.ts";
import { countedAuthorizer } from "./counted-authorizer.ts";
import { nodeAuthorizer } from "./node/node-authorizer.ts";
import { NodeGraph } from "./node/node-graph.ts";
import { privilegedAuthorizer } from "./privileged-authorizer.ts";
import { rbacAuthorizer } from "./rbac/rbac-authorizer.ts";
import { RoleIndex } from "./rbac/role-index.ts";
import { alwaysAllow, alwaysDeny } from "./simple-authorizers.ts";
import { unionAuthorizer } from "./union-authorizer.ts";

/** Authorizers over what is stored. Disposing ends following that. */
export interface ClusterAuthorizer extends AsyncDisposable {
  readonly authorizer: Authorizer;
  /** Rules of roles, for those who judge what a role would give. */
  readonly roles: RoleIndex;
}

export interface ClusterAuthorizerOptions {
  /** What a node may do with objects that are nobody's in particular. */
  readonly nodeRules: readonly PolicyRule[];
}

export interface ClusterAuthorizerDependencies extends FollowObjectsDependencies {
  readonly chain: AuthorizerChain;
  readonly metrics: Pick<AuthorizationMetrics, "decisions">;
}

/** Whatever the chain says, the cluster's administrators are never locked out. */
export function createClusterAuthorizer(
  { nodeRules }: ClusterAuthorizerOptions,
  dependencies: ClusterAuthorizerDependencies,
): ClusterAuthorizer {
  const { chain, metrics } = dependencies;
  const stack = new AsyncDisposableStack();
  const follow = (kind: KindName, follower: ObjectFollower): void => {
    stack.use(followObjects(kind, follower, dependencies));
  };
  const roles = new RoleIndex();
  followRoles(roles, follow);
  const graph = new NodeGraph();
  if (chain.current.some(({ type }) => type === "Node")) followNodeWork(graph, follow);
  const stored = { Node: nodeAuthorizer(graph, nodeRules), RBAC: rbacAuthorizer(roles) };
  const unionOf = (links: readonly ChainLink[]): Authorizer =>
    unionAuthorizer([
      privilegedAuthorizer,
      ...links.map((link) => countedAuthorizer(link, authorizerOf(link, stored), metrics.decisions)),
    ]);
  let current = unionOf(chain.current);
  stack.use(chain.onChanged.add((links) => (current = unionOf(links))));
  return {
    authorizer: {
      authorize: (attributes) => current.authorize(attributes),
      rulesFor: (user, namespace) => current.rulesFor(user, namespace),
    },
    roles,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function authorizerOf(link: ChainLink, stored: Readonly<Record<"Node" | "RBAC", Authorizer>>): Authorizer {
  switch (link.type) {
    case "Webhook":
    case "ABAC":
      return link.authorizer;
    case "AlwaysAllow":
      return alwaysAllow;
    case "AlwaysDeny":
      return alwaysDeny;
    case "Node":
    case "RBAC":
      return stored[link.type];
  }
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
