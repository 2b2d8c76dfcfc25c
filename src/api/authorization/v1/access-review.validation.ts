/** What the three reviews of access have in common (`pkg/apis/authorization/validation`). */
import { forbidden, invalid, required } from "#apimachinery/field-error.ts";
import type { FieldSelectorRequirement, ObjectMeta } from "#apimachinery/generated/meta-v1.ts";
import { validateLabelSelectorRequirement } from "#apimachinery/selectors/label-validation.ts";
import type {
  FieldSelectorAttributes,
  LabelSelectorAttributes,
  NonResourceAttributes,
  ResourceAttributes,
  SelfSubjectAccessReviewSpec,
  SubjectAccessReviewSpec,
} from "../../generated/authorization-v1.ts";
import { validateEach, validateOptional } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { semanticallyEqual } from "../../validation/equality.ts";
import { internalForm } from "../../validation/internal-form.ts";
import { isEmptyList } from "../../validation/lists.ts";

/** Problems of a question about anybody's access. */
export function validateSubjectAccess(spec: SubjectAccessReviewSpec): FieldErrors {
  const { user = "", groups } = spec;
  return collectErrors(
    validateAttributeChoice(spec),
    user === "" &&
      isEmptyList(groups) &&
      invalid("spec.user", user, "at least one of user or group must be specified"),
    validateOptional(spec.resourceAttributes, "spec.resourceAttributes", validateResourceAttributes),
  );
}

/** Problems of a question about the client's own access. */
export function validateSelfAccess(spec: SelfSubjectAccessReviewSpec): FieldErrors {
  return collectErrors(
    validateAttributeChoice(spec),
    validateOptional(spec.resourceAttributes, "spec.resourceAttributes", validateResourceAttributes),
  );
}

/** A review has no identity: nothing of its metadata may be set but the fields that are named. */
export function hasOnlyMetadata(metadata: ObjectMeta, ...allowed: readonly (keyof ObjectMeta)[]): boolean {
  const names: readonly string[] = ["managedFields", ...allowed];
  return Object.entries(metadata).every(
    ([name, value]) =>
      names.includes(name) || value === "" || value === 0 || semanticallyEqual(value, undefined),
  );
}

function validateAttributeChoice(spec: SelfSubjectAccessReviewSpec): FieldErrors {
  const { resourceAttributes, nonResourceAttributes } = spec;
  if (resourceAttributes !== undefined && nonResourceAttributes !== undefined) {
    const message = "cannot be specified in combination with resourceAttributes";
    return [invalid("spec.nonResourceAttributes", printedNonResource(nonResourceAttributes), message)];
  }
  if (resourceAttributes !== undefined || nonResourceAttributes !== undefined) return [];
  const message = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
  return [invalid("spec.resourceAttributes", undefined, message)];
}

export function printedNonResource(attributes: NonResourceAttributes): unknown {
  return internalForm(attributes, { Path: "", Verb: "" });
}

function validateResourceAttributes(
  { fieldSelector, labelSelector }: ResourceAttributes,
  path: string,
): FieldErrors {
  return collectErrors(
    validateOptional(fieldSelector, `${path}.fieldSelector`, validateFieldSelector),
    validateOptional(labelSelector, `${path}.labelSelector`, validateLabelSelector),
  );
}

function validateFieldSelector(selector: FieldSelectorAttributes, path: string): FieldErrors {
  return collectErrors(
    validateSelectorForm(selector, path),
    validateEach(selector.requirements, `${path}.requirements`, validateFieldRequirement),
  );
}

function validateLabelSelector(selector: LabelSelectorAttributes, path: string): FieldErrors {
  return collectErrors(
    validateSelectorForm(selector, path),
    validateEach(selector.requirements, `${path}.requirements`, (requirement, requirementPath) =>
      validateLabelSelectorRequirement(requirement, requirementPath, { allowUnknownOperators: true }),
    ),
  );
}

/** A selector is written as a text or as a list, not both. */
function validateSelectorForm(
  { rawSelector = "", requirements }: FieldSelectorAttributes | LabelSelectorAttributes,
  path: string,
): FieldErrors {
  return collectErrors(
    rawSelector !== "" &&
      !isEmptyList(requirements) &&
      invalid(`${path}.rawSelector`, rawSelector, "may not specified at the same time as requirements"),
    rawSelector === "" &&
      isEmptyList(requirements) &&
      required(`${path}.requirements`, `when ${path} is specified, requirements or rawSelector is required`),
  );
}

/** Operators of newer clients are let through. */
function validateFieldRequirement(requirement: FieldSelectorRequirement, path: string): FieldErrors {
  const { key, operator, values } = requirement;
  const needsValues = operator === "In" || operator === "NotIn";
  const hasNone = operator === "Exists" || operator === "DoesNotExist";
  return collectErrors(
    key === "" && required(`${path}.key`, "must be specified"),
    needsValues &&
      isEmptyList(values) &&
      required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"),
    hasNone &&
      !isEmptyList(values) &&
      forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
  );
}
