import type { UserInfo } from "#apimachinery/user.ts";
import type { NodeRequestAttributes } from "./request-attributes.ts";

/** Decides who may ask a kubelet for what. */
export interface KubeletAuthorizer {
  /** Rejects when it cannot decide, which denies the request. */
  authorize(user: UserInfo, attributes: NodeRequestAttributes): boolean | Promise<boolean>;
}
