import type {
  NonResourceAttributes,
  ResourceAttributes,
  SubjectAccessReviewSpec,
} from "#api/generated/authorization-v1.ts";
import type { UserInfo } from "#apimachinery/user.ts";
import type { AuthorizationAttributes } from "../authorization/authorizer.ts";

interface AccessQuestion {
  readonly resourceAttributes?: ResourceAttributes;
  readonly nonResourceAttributes?: NonResourceAttributes;
}

/** What a review asks, in the terms of authorization. A version that is left out stands for all. */
export function accessAttributes(
  user: UserInfo,
  { resourceAttributes, nonResourceAttributes = {} }: AccessQuestion,
): AuthorizationAttributes {
  if (resourceAttributes === undefined) {
    const { path = "", verb = "" } = nonResourceAttributes;
    return { type: "nonResource", user, path, verb };
  }
  const {
    verb = "",
    group = "",
    version = "",
    resource = "",
    subresource = "",
    namespace = "",
    name = "",
  } = resourceAttributes;
  return {
    type: "resource",
    user,
    verb,
    group,
    version: version === "" ? "*" : version,
    resource,
    subresource,
    namespace,
    name,
  };
}

/** The somebody that a SubjectAccessReview is about. */
export function subjectOf({ user = "", uid, groups = [], extra }: SubjectAccessReviewSpec): UserInfo {
  return {
    name: user,
    groups,
    ...(uid !== undefined && uid !== "" && { uid }),
    ...(extra !== undefined && { extra: extra as NonNullable<UserInfo["extra"]> }),
  };
}
