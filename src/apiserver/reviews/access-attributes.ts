import type {
  FieldSelectorAttributes,
  NonResourceAttributes,
  ResourceAttributes,
  SubjectAccessReviewSpec,
} from "#api/generated/authorization-v1.ts";
import { type FieldRequirement, parseFieldSelector } from "#apimachinery/selectors/field-selector.ts";
import { SelectorError } from "#apimachinery/selectors/selector-error.ts";
import type { UserInfo } from "#apimachinery/user.ts";
import type {
  AuthorizationAttributes,
  ResourceAttributes as AuthorizedResource,
} from "../authorization/authorizer.ts";

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
    ...fieldSelectorOf(resourceAttributes.fieldSelector),
  };
}

/** Requirements that cannot be told as one value limit nothing: the answer is then for more than is asked. */
function fieldSelectorOf(selector: FieldSelectorAttributes = {}): Pick<AuthorizedResource, "fieldSelector"> {
  const { rawSelector = "", requirements = [] } = selector;
  const required = requirements.flatMap(({ key: field, operator, values = [] }): FieldRequirement[] => {
    const [value, ...others] = values;
    if (value === undefined || others.length > 0) return [];
    if (operator === "In") return [{ field, operator: "=", value }];
    return operator === "NotIn" ? [{ field, operator: "!=", value }] : [];
  });
  const fieldSelector = rawSelector === "" ? required : readSelector(rawSelector);
  return fieldSelector.length > 0 ? { fieldSelector } : {};
}

function readSelector(text: string): readonly FieldRequirement[] {
  try {
    return parseFieldSelector(text);
  } catch (error) {
    // What nobody understands limits nothing either.
    if (error instanceof SelectorError) return [];
    throw error;
  }
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
