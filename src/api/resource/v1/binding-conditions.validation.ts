import { duplicate, indexPath, invalid } from "#apimachinery/field-error.ts";
import { validateLabelName } from "#apimachinery/selectors/label-validation.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { repetitions } from "../../validation/lists.ts";
import { validateBoundedList } from "./bounded-lists.ts";

const MAX_CONDITIONS = 4;

interface Binding {
  readonly bindingConditions?: readonly string[];
  readonly bindingFailureConditions?: readonly string[];
}

/** Conditions that a device must have before pods that use it are bound, and those that tell that it will not have them. */
export function validateBindingConditions(
  { bindingConditions: conditions = [], bindingFailureConditions: failures = [] }: Binding,
  path: string,
): FieldErrors {
  const [conditionsPath, failuresPath] = [`${path}.bindingConditions`, `${path}.bindingFailureConditions`];
  return collectErrors(
    validateBoundedList(conditions, conditionsPath, MAX_CONDITIONS, validateLabelName),
    validateBoundedList(failures, failuresPath, MAX_CONDITIONS, validateLabelName),
    validateUnique(conditions, conditionsPath, []),
    validateUnique(failures, failuresPath, conditions),
    conditions.length === 0 &&
      failures.length > 0 &&
      invalid(conditionsPath, null, "bindingConditions are required to use bindingFailureConditions"),
    failures.length === 0 &&
      conditions.length > 0 &&
      invalid(failuresPath, null, "bindingFailureConditions are required to use bindingConditions"),
  );
}

function validateUnique(
  failures: readonly string[],
  path: string,
  conditions: readonly string[],
): FieldErrors {
  const isRepeated = repetitions();
  return failures.flatMap((condition, index) => {
    const itemPath = indexPath(path, index);
    return collectErrors(
      isRepeated(condition) && duplicate(itemPath, condition),
      conditions.includes(condition) &&
        invalid(itemPath, condition, "bindingFailureConditions must not overlap with bindingConditions"),
    );
  });
}
