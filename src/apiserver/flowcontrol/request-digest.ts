import type { UserInfo } from "#apimachinery/user.ts";
import type { RequestInfo } from "../front/request-info.ts";

/** What flow control looks at: who asks for what. */
export interface RequestDigest {
  readonly info: RequestInfo;
  readonly user: UserInfo;
}
