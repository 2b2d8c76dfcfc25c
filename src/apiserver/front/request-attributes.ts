import type { UserInfo } from "#apimachinery/user.ts";
import { attributesOf } from "../authorization/authorize-request.ts";
import type { AuthorizationAttributes } from "../authorization/authorizer.ts";
import type { RequestInfo } from "./request-info.ts";

/** What `user` asks for, as far as method and URL tell. */
export function requestInfoAttributes(user: UserInfo, info: RequestInfo): AuthorizationAttributes {
  return info.isResourceRequest
    ? attributesOf(user, info.target, info.verb)
    : { type: "nonResource", user, verb: info.verb, path: info.path };
}
