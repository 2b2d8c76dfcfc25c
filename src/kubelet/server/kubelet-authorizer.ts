import { PRIVILEGED_GROUP, type UserInfo } from "#apimachinery/user.ts";
import type { NodeRequestAttributes } from "./request-attributes.ts";

/** Decides who may ask a kubelet for what. */
export interface KubeletAuthorizer {
  /** Rejects when it cannot decide, which denies the request. */
  authorize(user: UserInfo, attributes: NodeRequestAttributes): boolean | Promise<boolean>;
}

/**
 * Admits the API server and the cluster's administrators to everything, and nobody else to anything. The API server is one
 * of that group, which no request for a certificate can name; its name could be asked for.
 */
export const apiServerAuthorizer: KubeletAuthorizer = {
  authorize: ({ groups }) => groups.includes(PRIVILEGED_GROUP),
};
