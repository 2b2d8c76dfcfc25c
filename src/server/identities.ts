import { AUTHENTICATED_GROUP, NODES_GROUP, PRIVILEGED_GROUP, type UserInfo } from "#apimachinery/user.ts";

/** The Kubernetes identities under which the components of this process speak to the API. */
export const CONTROLLER_MANAGER: UserInfo = component("system:kube-controller-manager");
export const SCHEDULER: UserInfo = component("system:kube-scheduler");
export const BOOTSTRAP: UserInfo = {
  name: "system:kubelith",
  groups: [PRIVILEGED_GROUP, AUTHENTICATED_GROUP],
};

export function nodeIdentity(nodeName: string): UserInfo {
  return { name: `system:node:${nodeName}`, groups: [NODES_GROUP, AUTHENTICATED_GROUP] };
}

function component(name: string): UserInfo {
  return { name, groups: [AUTHENTICATED_GROUP] };
}
