/** Which parts of a capacity may be asked for, where a device is shared (KEP-5075). */
import { type FieldError, forbidden, indexPath, invalid, required } from "#apimachinery/field-error.ts";
import type { Quantity } from "#apimachinery/generated/meta-v1.ts";
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  quantityValue,
} from "#apimachinery/quantity.ts";
import type {
  CapacityRequestPolicy,
  CapacityRequestPolicyRange,
  DeviceCapacity,
} from "../../generated/resource-v1.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { validateBoundedSet } from "./bounded-lists.ts";

const MAX_VALID_VALUES = 10;

export function validateCapacity(
  { value, requestPolicy }: DeviceCapacity,
  path: string,
  isShared: boolean,
): FieldErrors {
  if (requestPolicy === undefined) return [];
  const policyPath = `${path}.requestPolicy`;
  return isShared
    ? validatePolicy(requestPolicy, policyPath, value)
    : [forbidden(policyPath, "allowMultipleAllocations must be true")];
}

function validatePolicy(policy: CapacityRequestPolicy, path: string, capacity: Quantity): FieldErrors {
  const { default: initial, validValues = [], validRange } = policy;
  if (validValues.length > 0 && validRange !== undefined) {
    const detail =
      'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time';
    return [forbidden(path, detail)];
  }
  if (validValues.length > 0) {
    if (initial === undefined) return [required(`${path}.default`, "required when validValues is defined")];
    return validateValues(validValues, `${path}.validValues`, { initial, capacity });
  }
  if (validRange === undefined) return [];
  if (initial === undefined) return [required(`${path}.default`, "required when validRange is defined")];
  return validateRange(validRange, `${path}.validRange`, { initial, capacity });
}

interface Amounts {
  /** What is taken when nothing is asked for. */
  readonly initial: Quantity;
  /** All there is. */
  readonly capacity: Quantity;
}

function validateValues(
  values: readonly Quantity[],
  path: string,
  { initial, capacity }: Amounts,
): FieldErrors {
  const isTooLong = values.length > MAX_VALID_VALUES;
  const hasInitial = !isTooLong && values.some((value) => compare(value, initial) === 0);
  return collectErrors(
    values.map((value, index) => validateOrder(values[index - 1], value, indexPath(path, index))).flat(),
    validateBoundedSet(values, path, {
      max: MAX_VALID_VALUES,
      key: (value) => String(quantityValue(parseQuantity(value))),
      validate: (value, itemPath) =>
        compare(value, capacity) > 0
          ? [invalid(itemPath, value, `option is larger than capacity value: ${capacity}`)]
          : [],
    }),
    !hasInitial && invalid(path, initial, "default value is not valid according to the requestPolicy"),
  );
}

function validateOrder(before: Quantity | undefined, value: Quantity, path: string): readonly FieldError[] {
  if (before === undefined || compare(before, value) <= 0) return [];
  return [invalid(path, value, "values must be sorted in ascending order")];
}

function validateRange(range: CapacityRequestPolicyRange, path: string, amounts: Amounts): FieldErrors {
  const { min, max, step } = range;
  const { initial, capacity } = amounts;
  if (min === undefined) return [required(`${path}.min`, "required when validRange is defined")];
  return collectErrors(
    compare(min, capacity) > 0 &&
      invalid(`${path}.min`, min, `min is larger than capacity value: ${capacity}`),
    compare(initial, min) < 0 && invalid(`${path}.min`, initial, `default is less than min: ${min}`),
    max !== undefined && validateMax(max, `${path}.max`, { ...amounts, min }),
    step !== undefined && validateStep(step, `${path}.step`, { capacity, min, values: [initial, max] }),
  );
}

function validateMax(
  max: Quantity,
  path: string,
  { initial, capacity, min }: Amounts & { readonly min: Quantity },
): FieldErrors {
  return collectErrors(
    compare(min, max) > 0 && invalid(path, min, `min is larger than max: ${max}`),
    compare(max, capacity) > 0 && invalid(path, max, `max is larger than capacity value: ${capacity}`),
    compare(initial, max) > 0 && invalid(path, initial, `default is more than max: ${max}`),
  );
}

interface StepContext {
  readonly capacity: Quantity;
  readonly min: Quantity;
  /** What must be whole steps away from the least amount. */
  readonly values: readonly (Quantity | undefined)[];
}

function validateStep(step: Quantity, path: string, { capacity, min, values }: StepContext): FieldErrors {
  const first = formatQuantity(addQuantities(parseQuantity(min), parseQuantity(step)));
  return collectErrors(
    compare(first, capacity) > 0 &&
      invalid(path, step, `one step ${first} is larger than capacity value: ${capacity}`),
    values
      .filter((value) => value !== undefined && !isWholeSteps(value, min, step))
      .map((value) =>
        invalid(path, value, `value is not a multiple of a given step (${step}) from (${min})`),
      ),
  );
}

function isWholeSteps(value: Quantity, min: Quantity, step: Quantity): boolean {
  const [end, start, size] = [value, min, step].map((text) => quantityValue(parseQuantity(text)));
  return (Number(end) - Number(start)) % Number(size) === 0;
}

function compare(a: Quantity, b: Quantity): number {
  return compareQuantities(parseQuantity(a), parseQuantity(b));
}
