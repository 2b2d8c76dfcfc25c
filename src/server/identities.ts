import {
  AUTHENTICATED_GROUP,
  NODES_GROUP,
  PRIVILEGED_GROUP,
  serviceAccountUser,
  type UserInfo,
} from "#apimachinery/user.ts";
import { accountOf, type Controller } from "#reconcile/controller.ts";

/** The Kubernetes identities under which the components of this process speak to the API. */
export const CONTROLLER_MANAGER: UserInfo = component("system:kube-controller-manager");
export const SCHEDULER: UserInfo = component("system:kube-scheduler");
export const KUBE_PROXY: UserInfo = component("system:kube-proxy");
export const CLUSTER_DNS: UserInfo = component("system:kubelith:cluster-dns");
export const BOOTSTRAP: UserInfo = {
  name: "system:kubelith",
  groups: [PRIVILEGED_GROUP, AUTHENTICATED_GROUP],
};

export function nodeIdentity(nodeName: string): UserInfo {
  return { name: `system:node:${nodeName}`, groups: [NODES_GROUP, AUTHENTICATED_GROUP] };
}

/** Most controllers are service accounts, although nobody issues a token for them. */
export function controllerIdentity(controller: Controller): UserInfo {
  const account = accountOf(controller);
  return account === "" ? CONTROLLER_MANAGER : serviceAccountUser("kube-system", account);
}

function component(name: string): UserInfo {
  return { name, groups: [AUTHENTICATED_GROUP] };
}
