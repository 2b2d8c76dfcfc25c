/** What classes and claims say of devices: which ones, and how to set them up. */
import { invalid, required, tooLong } from "#apimachinery/field-error.ts";
import { isJsonObject } from "#apimachinery/json-value.ts";
import type {
  DeviceConfiguration,
  DeviceSelector,
  OpaqueDeviceConfiguration,
} from "../../generated/resource-v1.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { validateBoundedList } from "./bounded-lists.ts";
import { validateDriverName } from "./names.validation.ts";

const MAX_SELECTORS = 32;
const MAX_EXPRESSION_BYTES = 10 * 1024;
const MAX_RAW_BYTES = 10 * 1024;

/** Expressions are not compiled. */
export function validateDeviceSelectors(
  selectors: readonly DeviceSelector[] | undefined,
  path: string,
): FieldErrors {
  return validateBoundedList(selectors, path, MAX_SELECTORS, ({ cel }, itemPath) => {
    if (cel === undefined) return [required(`${itemPath}.cel`)];
    const isTooLong = Buffer.byteLength(cel.expression) > MAX_EXPRESSION_BYTES;
    return isTooLong ? [tooLong(`${itemPath}.cel.expression`, MAX_EXPRESSION_BYTES)] : [];
  });
}

/** `isStored` lets parameters pass that were stored before there was a limit. */
export function validateDeviceConfiguration(
  { opaque }: DeviceConfiguration,
  path: string,
  isStored = false,
): FieldErrors {
  if (opaque === undefined) return [required(`${path}.opaque`)];
  return validateOpaqueConfiguration(opaque, `${path}.opaque`, isStored);
}

function validateOpaqueConfiguration(
  { driver, parameters }: OpaqueDeviceConfiguration,
  path: string,
  isStored: boolean,
): FieldErrors {
  return collectErrors(
    validateDriverName(driver, `${path}.driver`),
    validateRawObject(parameters, `${path}.parameters`, isStored),
  );
}

/** Any JSON object that is not too large. */
export function validateRawObject(value: unknown, path: string, isStored = false): FieldErrors {
  if (value === undefined || value === null) return [required(path)];
  const isTooLong = !isStored && Buffer.byteLength(JSON.stringify(value)) > MAX_RAW_BYTES;
  if (isTooLong) return [tooLong(path, MAX_RAW_BYTES)];
  return isJsonObject(value) ? [] : [invalid(path, "<value omitted>", "must be a valid JSON object")];
}
