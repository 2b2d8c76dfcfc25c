/** Labels and label selectors (apimachinery `pkg/apis/meta/v1/validation`). */
import { type FieldError, forbidden, invalid, required } from "#apimachinery/field-error.ts";
import { checkLabelValue, checkQualifiedName } from "#apimachinery/formats.ts";
import type { LabelSelector, LabelSelectorRequirement } from "#apimachinery/generated/meta-v1.ts";
import { checkFormat, type Validator, validateEach } from "./checks.ts";

export type Labels = Readonly<Record<string, string>>;

/** The path of every error is that of the whole map, as upstream reports it. */
export function validateLabels(labels: Labels | undefined, path: string): readonly FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...validateLabelName(key, path),
    ...checkFormat(value, path, checkLabelValue),
  ]);
}

export function validateLabelName(name: string, path: string): readonly FieldError[] {
  return checkFormat(name, path, checkQualifiedName);
}

export function validateLabelSelector(
  selector: LabelSelector | undefined,
  path: string,
): readonly FieldError[] {
  if (selector === undefined) return [];
  return [
    ...validateLabels(selector.matchLabels, `${path}.matchLabels`),
    ...validateEach(selector.matchExpressions, `${path}.matchExpressions`, validateLabelSelectorRequirement),
  ];
}

export const validateLabelSelectorRequirement: Validator<LabelSelectorRequirement> = (requirement, path) => {
  const { key, operator, values = [] } = requirement;
  return [
    ...validateSelectorOperator(operator, values, path),
    ...validateLabelName(key, `${path}.key`),
    ...validateEach(values, `${path}.values`, (value, valuePath) =>
      checkFormat(value, valuePath, checkLabelValue),
    ),
  ];
};

function validateSelectorOperator(
  operator: string,
  values: readonly string[],
  path: string,
): readonly FieldError[] {
  switch (operator) {
    case "In":
    case "NotIn":
      return values.length === 0
        ? [required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'")]
        : [];
    case "Exists":
    case "DoesNotExist":
      return values.length > 0
        ? [forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")]
        : [];
    default:
      return [invalid(`${path}.operator`, operator, "not a valid selector operator")];
  }
}
