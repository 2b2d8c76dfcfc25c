import { type FieldError, invalid, required } from "#apimachinery/field-error.ts";
import { checkDNS1123Subdomain, checkLabelValue } from "#apimachinery/formats.ts";
import { validateLabelName, validateValueCount } from "#apimachinery/selectors/label-validation.ts";
import type { NodeSelector, NodeSelectorRequirement, NodeSelectorTerm } from "../../../generated/core-v1.ts";
import { checkFormat, validateEach } from "../../../validation/checks.ts";
import type { InternalForm } from "../../../validation/internal-form.ts";

const REQUIREMENT: InternalForm = { Key: "", Operator: "", Values: null };
export const NODE_SELECTOR_TERM: InternalForm = {
  MatchExpressions: [REQUIREMENT],
  MatchFields: [REQUIREMENT],
};

const BAD_OPERATOR = "not a valid selector operator";

/** Required node selection, as pods and volumes state it. */
export function validateNodeSelector(
  { nodeSelectorTerms }: NodeSelector,
  path: string,
): readonly FieldError[] {
  if ((nodeSelectorTerms ?? []).length === 0) {
    return [required(`${path}.nodeSelectorTerms`, "must have at least one node selector term")];
  }
  return validateEach(nodeSelectorTerms, `${path}.nodeSelectorTerms`, (term, termPath) =>
    validateNodeSelectorTerm(term, termPath),
  );
}

/** Preferred terms may hold values that are no label values, since they do no harm there. */
export function validateNodeSelectorTerm(
  { matchExpressions, matchFields }: NodeSelectorTerm,
  path: string,
  allowInvalidValues = false,
): readonly FieldError[] {
  return [
    ...validateEach(matchExpressions, `${path}.matchExpressions`, (requirement, requirementPath) =>
      validateExpression(requirement, requirementPath, allowInvalidValues),
    ),
    ...validateEach(matchFields, `${path}.matchFields`, validateField),
  ];
}

function validateExpression(
  { key, operator, values = [] }: NodeSelectorRequirement,
  path: string,
  allowInvalidValues: boolean,
): readonly FieldError[] {
  return [
    ...validateOperator(operator, values, path),
    ...validateLabelName(key, `${path}.key`),
    ...(allowInvalidValues
      ? []
      : validateEach(values, `${path}.values`, (value, valuePath) =>
          checkFormat(value, valuePath, checkLabelValue),
        )),
  ];
}

function validateOperator(operator: string, values: readonly string[], path: string): readonly FieldError[] {
  if (operator === "Gt" || operator === "Lt") {
    return values.length === 1
      ? []
      : [required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'")];
  }
  return validateValueCount(operator, values, path) ?? [invalid(`${path}.operator`, operator, BAD_OPERATOR)];
}

function validateField(
  { key, operator, values = [] }: NodeSelectorRequirement,
  path: string,
): readonly FieldError[] {
  const isKnown = operator === "In" || operator === "NotIn";
  const oneValue = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
  return [
    ...(isKnown ? [] : [invalid(`${path}.operator`, operator, BAD_OPERATOR)]),
    ...(isKnown && values.length !== 1 ? [required(`${path}.values`, oneValue)] : []),
    ...(key === "metadata.name"
      ? validateEach(values, `${path}.values`, (value, valuePath) =>
          checkFormat(value, valuePath, checkDNS1123Subdomain),
        )
      : [invalid(`${path}.key`, key, "not a valid field selector key")]),
  ];
}
