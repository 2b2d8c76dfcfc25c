import { PRIVILEGED_GROUP, type UserInfo } from "#apimachinery/user.ts";
import type { NodeRequestAttributes } from "./request-attributes.ts";

/** Decides who may ask a kubelet for what. */
export interface KubeletAuthorizer {
  /** Rejects when it cannot decide, which denies the request. */
  authorize(user: UserInfo, attributes: NodeRequestAttributes): boolean | Promise<boolean>;
}

/** The name on the API server's certificate for kubelets, as kubeadm and k3s give it. */
const API_SERVER = "kube-apiserver-kubelet-client";

/** Admits the API server and the cluster's administrators to everything, and nobody else to anything. */
export const apiServerAuthorizer: KubeletAuthorizer = {
  authorize: ({ name, groups }) => name === API_SERVER || groups.includes(PRIVILEGED_GROUP),
};
