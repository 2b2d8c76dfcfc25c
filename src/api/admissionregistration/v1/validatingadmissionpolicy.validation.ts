import { duplicate, invalid, required } from "#apimachinery/field-error.ts";
import { checkQualifiedName } from "#apimachinery/formats.ts";
import type {
  AuditAnnotation,
  ExpressionWarning,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicySpec,
  Validation,
} from "../../generated/admissionregistration-v1.ts";
import { checkFormat, checkSupported, requireText, validateEach } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { validateConditions } from "../../validation/conditions.ts";
import { type InternalForm, internalForm } from "../../validation/internal-form.ts";
import { isEmptyList, repetitions } from "../../validation/lists.ts";
import { validatePolicyConditions, validatePolicyScope, validateVariable } from "./policy.validation.ts";

/** Reasons that the answer to a refused request may have. */
const REASONS = ["Forbidden", "Invalid", "RequestEntityTooLarge"];
const MAX_AUDIT_ANNOTATIONS = 20;
const MAX_VALUE_EXPRESSION_BYTES = 5 * 1024;
const AUDIT_ANNOTATION: InternalForm = { Key: "", ValueExpression: "" };
const NOTHING_TO_DO = "validations or auditAnnotations must contain at least one item";

/** Expressions are not compiled. */
export function validatePolicy(
  { metadata, spec }: ValidatingAdmissionPolicy,
  previous?: ValidatingAdmissionPolicy,
): FieldErrors {
  const { validations, auditAnnotations } = spec;
  const isIdle = isEmptyList(validations) && isEmptyList(auditAnnotations);
  return collectErrors(
    validatePolicyScope(spec, "spec"),
    validatePolicyConditions(spec, previous?.spec, "spec"),
    validateEach(spec.variables, "spec.variables", validateVariable),
    isIdle && required("spec.validations", NOTHING_TO_DO),
    isIdle && required("spec.auditAnnotations", NOTHING_TO_DO),
    validateEach(validations, "spec.validations", validateValidation),
    validateAuditAnnotations(auditAnnotations, metadata.name, "spec.auditAnnotations"),
  );
}

/** References to fields are not parsed. */
export function validatePolicyStatusUpdate({ status }: ValidatingAdmissionPolicy): FieldErrors {
  return collectErrors(
    validateEach(
      status?.typeChecking?.expressionWarnings,
      "status.typeChecking.expressionWarnings",
      validateExpressionWarning,
    ),
    validateConditions(status?.conditions, "status.conditions"),
  );
}

function validateExpressionWarning({ warning, fieldRef }: ExpressionWarning, path: string): FieldErrors {
  return collectErrors(
    requireText(warning, `${path}.warning`),
    requireText(fieldRef.trim(), `${path}.fieldRef`),
  );
}

function validateValidation(validation: Validation, path: string): FieldErrors {
  const { expression, message = "", messageExpression = "", reason } = validation;
  const isBlank = (text: string): boolean => text !== "" && text.trim() === "";
  return collectErrors(
    expression.trim() === "" && required(`${path}.expression`, "expression is not specified"),
    isBlank(messageExpression) &&
      invalid(`${path}.messageExpression`, messageExpression, "must be non-empty if specified"),
    isBlank(message) && invalid(`${path}.message`, message, "must be non-empty if specified"),
    /[\n\r]/.test(message.trim()) && invalid(`${path}.message`, message, "must not contain line breaks"),
    checkSupported(reason, `${path}.reason`, REASONS),
  );
}

function validateAuditAnnotations(
  annotations: ValidatingAdmissionPolicySpec["auditAnnotations"],
  policyName: string,
  path: string,
): FieldErrors {
  const isRepeated = repetitions();
  const max = MAX_AUDIT_ANNOTATIONS;
  return collectErrors(
    annotations !== undefined &&
      annotations.length > max &&
      invalid(
        path,
        annotations.map((each) => internalForm(each, AUDIT_ANNOTATION)),
        `must not have more than ${String(max)} auditAnnotations`,
      ),
    validateEach(annotations, path, (annotation, itemPath) =>
      collectErrors(
        validateAuditAnnotation(annotation, policyName, itemPath),
        isRepeated(annotation.key) && duplicate(`${itemPath}.key`, annotation.key),
      ),
    ),
  );
}

/** In audit events, the name of the policy precedes the key. */
function validateAuditAnnotation(
  { key, valueExpression }: AuditAnnotation,
  policyName: string,
  path: string,
): FieldErrors {
  const expression = valueExpression.trim();
  const max = MAX_VALUE_EXPRESSION_BYTES;
  return collectErrors(
    checkFormat(`${policyName}/${key}`, `${path}.key`, checkQualifiedName),
    expression === "" && required(`${path}.valueExpression`, "valueExpression is not specified"),
    Buffer.byteLength(expression) > max &&
      required(`${path}.valueExpression`, `must not exceed ${String(max)} bytes in length`),
  );
}
