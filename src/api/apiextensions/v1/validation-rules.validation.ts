import { indexPath, invalid, required } from "#apimachinery/field-error.ts";
import type { JSONSchemaProps, ValidationRule } from "../../generated/apiextensions-v1.ts";
import { checkSupported } from "../../validation/checks.ts";
import { collectErrors, type FieldErrorPart, type FieldErrors } from "../../validation/collect-errors.ts";
import { resolveFieldPath } from "./field-path.ts";

const REASONS = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];
const LINE_BREAK = /[\n\r]/;

/** What `x-kubernetes-validations` says besides the rules themselves, which are not compiled. */
export function validateSchemaRules(schema: JSONSchemaProps, path: string): FieldErrors {
  const rules = schema["x-kubernetes-validations"] ?? [];
  return rules.flatMap((rule, index) => {
    const itemPath = indexPath(`${path}.x-kubernetes-validations`, index);
    const { messageExpression = "", fieldPath = "" } = rule;
    return collectErrors(
      ruleOrMessageProblem(rule, itemPath),
      isBlank(messageExpression) &&
        required(`${itemPath}.messageExpression`, "messageExpression must be non-empty if specified"),
      checkSupported(rule.reason, `${itemPath}.reason`, REASONS),
      isBlank(fieldPath) && invalid(`${itemPath}.fieldPath`, fieldPath, "must be non-empty if specified"),
      LINE_BREAK.test(fieldPath) &&
        invalid(`${itemPath}.fieldPath`, fieldPath, "must not contain line breaks"),
      fieldPath !== "" &&
        "problem" in resolveFieldPath(fieldPath, schema) &&
        invalid(`${itemPath}.fieldPath`, fieldPath, "must be a valid path"),
    );
  });
}

function ruleOrMessageProblem({ rule, message = "" }: ValidationRule, path: string): FieldErrorPart {
  if (rule.trim() === "") return required(`${path}.rule`, "rule is not specified");
  if (isBlank(message)) return invalid(`${path}.message`, message, "must be non-empty if specified");
  if (LINE_BREAK.test(message.trim())) {
    return invalid(`${path}.message`, message, "must not contain line breaks");
  }
  const needsMessage = LINE_BREAK.test(rule.trim()) && message === "";
  return (
    needsMessage && required(`${path}.message`, "message must be specified if rule contains line breaks")
  );
}

function isBlank(text: string): boolean {
  return text !== "" && text.trim() === "";
}
