import type {
  NonResourceAttributes,
  ResourceAttributes,
  SubjectAccessReviewSpec,
} from "#api/generated/authorization-v1.ts";
import type { FieldSelectorRequirement, LabelSelectorRequirement } from "#apimachinery/generated/meta-v1.ts";
import type { FieldRequirement } from "#apimachinery/selectors/field-selector.ts";
import type { LabelRequirement } from "#apimachinery/selectors/label-requirement.ts";
import { compileLabelSelector } from "#apimachinery/selectors/label-selector.ts";
import { SelectorError } from "#apimachinery/selectors/selector-error.ts";
import type { UserInfo } from "#apimachinery/user.ts";
import type {
  AuthorizationAttributes,
  ResourceAttributes as AuthorizedResource,
} from "../authorization/authorizer.ts";
import { selectorAttributes } from "../authorization/selector-attributes.ts";

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
    ...requirementsOf(resourceAttributes),
    ...selectorAttributes({
      fieldSelector: resourceAttributes.fieldSelector?.rawSelector,
      labelSelector: resourceAttributes.labelSelector?.rawSelector,
    }),
  };
}

/** Requirements that cannot be told limit nothing: the answer is then for more than is asked. */
function requirementsOf({
  fieldSelector: { requirements: fields = [] } = {},
  labelSelector: { requirements: labels = [] } = {},
}: ResourceAttributes): Pick<AuthorizedResource, "fieldSelector" | "labelSelector"> {
  const fieldSelector = fields.flatMap(toFieldRequirement);
  const labelSelector = labels.flatMap(toLabelRequirement);
  return {
    ...(fieldSelector.length > 0 && { fieldSelector }),
    ...(labelSelector.length > 0 && { labelSelector }),
  };
}

function toFieldRequirement({
  key: field,
  operator,
  values = [],
}: FieldSelectorRequirement): FieldRequirement[] {
  const [value, ...others] = values;
  if (value === undefined || others.length > 0) return [];
  if (operator === "In") return [{ field, operator: "=", value }];
  return operator === "NotIn" ? [{ field, operator: "!=", value }] : [];
}

function toLabelRequirement(requirement: LabelSelectorRequirement): readonly LabelRequirement[] {
  try {
    return compileLabelSelector({ matchExpressions: [requirement] }).requirements;
  } catch (error) {
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
