import { type FieldError, forbidden, indexPath, invalid, required } from "../field-error.ts";
import { checkLabelValue, checkQualifiedName } from "../formats.ts";
import type { LabelSelector, LabelSelectorRequirement } from "../generated/meta-v1.ts";
import type { Labels } from "./label-requirement.ts";

/** Problems of a key, as of a label, a taint or a node selector (apimachinery `ValidateLabelName`). */
export function validateLabelName(key: string, path: string): FieldError[] {
  return checkQualifiedName(key).map((message) => invalid(path, key, message));
}

export function validateLabels(labels: Labels | undefined, path: string): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...validateLabelName(key, path),
    ...checkLabelValue(value).map((message) => invalid(path, value, message)),
  ]);
}

export interface ValidateLabelSelectorOptions {
  /** For updates of objects that were stored with values which are no longer accepted. */
  readonly allowInvalidLabelValues?: boolean;
  /** For requirements that a newer client may have written. */
  readonly allowUnknownOperators?: boolean;
}

/** Problems of a LabelSelector; an absent one has none. */
export function validateLabelSelector(
  selector: LabelSelector | null | undefined,
  path: string,
  options: ValidateLabelSelectorOptions = {},
): FieldError[] {
  if (selector === undefined || selector === null) return [];
  const expressions = selector.matchExpressions ?? [];
  return [
    ...validateLabels(selector.matchLabels, `${path}.matchLabels`),
    ...expressions.flatMap((expression, index) =>
      validateLabelSelectorRequirement(expression, indexPath(`${path}.matchExpressions`, index), options),
    ),
  ];
}

export function validateLabelSelectorRequirement(
  requirement: LabelSelectorRequirement,
  path: string,
  { allowInvalidLabelValues = false, allowUnknownOperators = false }: ValidateLabelSelectorOptions = {},
): FieldError[] {
  const { key, values = [] } = requirement;
  return [
    ...validateOperator(requirement, path, allowUnknownOperators),
    ...validateLabelName(key, `${path}.key`),
    ...values.flatMap((value, index) =>
      allowInvalidLabelValues
        ? []
        : checkLabelValue(value).map((message) =>
            invalid(indexPath(`${path}.values`, index), value, message),
          ),
    ),
  ];
}

function validateOperator(
  { operator, values = [] }: LabelSelectorRequirement,
  path: string,
  allowUnknown: boolean,
): readonly FieldError[] {
  const errors = validateValueCount(operator, values, path);
  if (errors !== undefined) return errors;
  return allowUnknown ? [] : [invalid(`${path}.operator`, operator, "not a valid selector operator")];
}

/** Whether there are values where the operator needs them, and none where it does not; undefined for other operators. */
export function validateValueCount(
  operator: string,
  values: readonly string[],
  path: string,
): readonly FieldError[] | undefined {
  switch (operator) {
    case "In":
    case "NotIn":
      return values.length > 0
        ? []
        : [required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'")];
    case "Exists":
    case "DoesNotExist":
      return values.length === 0
        ? []
        : [forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")];
    default:
      return undefined;
  }
}
