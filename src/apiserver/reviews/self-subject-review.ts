import type { SelfSubjectReview, UserInfo as UserInfoBody } from "#api/generated/authentication-v1.ts";
import { formatTime } from "#apimachinery/time.ts";
import type { UserInfo } from "#apimachinery/user.ts";
import { objectResponse } from "../storage/responses.ts";
import { readReview } from "./read-review.ts";
import type { Review } from "./review.ts";

/** Who am I? */
export const reviewSelf: Review = async (environment, scope, body, options) => {
  const { kind, apiVersion } = await readReview<SelfSubjectReview>(environment, scope, body, options);
  const answer = {
    kind,
    apiVersion,
    metadata: { creationTimestamp: formatTime(environment.clock.now()) },
    status: { userInfo: toUserInfoBody(scope.context.user) },
  };
  // A review has no name and no uid.
  return objectResponse(answer as unknown as SelfSubjectReview, 201, scope.warnings.list());
};

export function toUserInfoBody({ name, uid, groups, extra }: UserInfo): UserInfoBody {
  return {
    username: name,
    ...(uid !== undefined && { uid }),
    ...(groups.length > 0 && { groups }),
    ...(extra !== undefined && Object.keys(extra).length > 0 && { extra }),
  } as UserInfoBody;
}
