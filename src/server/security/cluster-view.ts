import type { Namespace, Pod, Service, ServiceAccount } from "#api/generated/core-v1.ts";
import type { NetworkPolicy } from "#api/generated/networking-v1.ts";
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "#api/generated/rbac-v1.ts";
import { StartupError } from "#base/startup-error.ts";
import type { ServerAnswer, ServerRequest } from "../ask-server.ts";

/** Asks the API server, as the administrator unless the request says otherwise. */
export type ApiProbe = (request: ServerRequest) => Promise<ServerAnswer>;

/** What there is in a cluster that somebody may have made too open. */
export interface ClusterView {
  readonly pods: readonly Pod[];
  readonly namespaces: readonly Namespace[];
  readonly services: readonly Service[];
  readonly serviceAccounts: readonly ServiceAccount[];
  readonly networkPolicies: readonly NetworkPolicy[];
  readonly roles: readonly (Role | ClusterRole)[];
  readonly bindings: readonly (RoleBinding | ClusterRoleBinding)[];
}

const RBAC = "/apis/rbac.authorization.k8s.io/v1";

/** Rejects with a StartupError when the server does not tell. */
export async function readCluster(probe: ApiProbe): Promise<ClusterView> {
  const list = async <T>(path: string): Promise<readonly T[]> =>
    ((await answerOf(probe, { path })) as { readonly items?: readonly T[] }).items ?? [];
  const [roles, clusterRoles, bindings, clusterBindings] = await Promise.all([
    list<Role>(`${RBAC}/roles`),
    list<ClusterRole>(`${RBAC}/clusterroles`),
    list<RoleBinding>(`${RBAC}/rolebindings`),
    list<ClusterRoleBinding>(`${RBAC}/clusterrolebindings`),
  ]);
  return {
    pods: await list("/api/v1/pods"),
    namespaces: await list("/api/v1/namespaces"),
    services: await list("/api/v1/services"),
    serviceAccounts: await list("/api/v1/serviceaccounts"),
    networkPolicies: await list("/apis/networking.k8s.io/v1/networkpolicies"),
    roles: [...roles, ...clusterRoles],
    bindings: [...bindings, ...clusterBindings],
  };
}

/** Rejects with a StartupError for an answer that tells of a failure. */
export async function answerOf(probe: ApiProbe, request: ServerRequest): Promise<unknown> {
  const { status, text } = await probe(request);
  if (status >= 300)
    throw new StartupError(`Cannot check the API: ${request.path} answers ${String(status)}`);
  return JSON.parse(text) as unknown;
}

export interface Named {
  readonly metadata: { readonly namespace?: string; readonly name?: string };
}

export function nameOf({ metadata: { namespace, name = "" } }: Named): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** What is the cluster's own is not the operator's to change. */
export function isOfSystem({ metadata: { namespace = "", name = "" } }: Named): boolean {
  const place = namespace === "" ? name : namespace;
  return place.startsWith("kube-");
}
