import type { UserInfo as ReviewedUser } from "#api/generated/authentication-v1.ts";
import { AUTHENTICATED_GROUP, type UserInfo } from "#apimachinery/user.ts";

/** Whose a token is, as a TokenReview says it (apiserver `token/webhook`, and `group.NewAuthenticatedGroupAdder`). */
export function reviewedUser({ username = "", uid = "", groups = [], extra }: ReviewedUser = {}): UserInfo {
  return {
    name: username,
    ...(uid !== "" && { uid }),
    groups: [...new Set([...groups, AUTHENTICATED_GROUP])],
    ...(extra && { extra }),
  };
}
