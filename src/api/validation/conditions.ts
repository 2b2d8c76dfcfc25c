import { duplicate, type FieldError, invalid, required, tooLong } from "#apimachinery/field-error.ts";
import { checkConditionReason } from "#apimachinery/formats.ts";
import type { Condition } from "#apimachinery/generated/meta-v1.ts";
import { validateLabelName } from "#apimachinery/selectors/label-validation.ts";
import { checkSupported, requireFormat, validateEach } from "./checks.ts";
import { collectErrors } from "./collect-errors.ts";
import { repetitions } from "./lists.ts";

const STATUSES = ["False", "True", "Unknown"];
const MAX_REASON_BYTES = 1024;
const MAX_MESSAGE_BYTES = 32 * 1024;

/** Conditions of the common type (apimachinery `ValidateConditions`). */
export function validateConditions(
  conditions: readonly Condition[] | undefined,
  path: string,
): readonly FieldError[] {
  const isRepeated = repetitions();
  return validateEach(conditions, path, (condition, conditionPath) =>
    collectErrors(
      isRepeated(condition.type) && duplicate(`${conditionPath}.type`, condition.type),
      validateCondition(condition, conditionPath),
    ),
  );
}

function validateCondition(condition: Condition, path: string): readonly FieldError[] {
  const { type, status, observedGeneration = 0, lastTransitionTime, reason, message } = condition;
  return collectErrors(
    validateLabelName(type, `${path}.type`),
    checkSupported(status, `${path}.status`, STATUSES),
    observedGeneration < 0 &&
      invalid(`${path}.observedGeneration`, observedGeneration, "must be greater than or equal to zero"),
    (lastTransitionTime ?? "") === "" && required(`${path}.lastTransitionTime`),
    requireFormat(reason, `${path}.reason`, checkConditionReason),
    Buffer.byteLength(reason) > MAX_REASON_BYTES && tooLong(`${path}.reason`, MAX_REASON_BYTES),
    Buffer.byteLength(message) > MAX_MESSAGE_BYTES && tooLong(`${path}.message`, MAX_MESSAGE_BYTES),
  );
}
