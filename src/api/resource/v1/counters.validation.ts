import { required } from "#apimachinery/field-error.ts";
import { checkDNS1123Label, MAX_LABEL_LENGTH } from "#apimachinery/formats.ts";
import type { Counter } from "../../generated/resource-v1.ts";
import { checkFormat } from "../../validation/checks.ts";
import type { FieldErrors } from "../../validation/collect-errors.ts";
import { validateBoundedMap } from "./bounded-lists.ts";

const MAX_COUNTERS = 32;

/** Amounts that several devices share, or that one of them takes; any quantity will do. */
export function validateCounters(
  counters: Readonly<Record<string, Counter>> | undefined,
  path: string,
): FieldErrors {
  if (counters === undefined || Object.keys(counters).length === 0) return [required(path)];
  return validateBoundedMap(counters, path, {
    max: MAX_COUNTERS,
    maxKeyLength: MAX_LABEL_LENGTH,
    validateKey: (name, keyPath) => checkFormat(name, keyPath, checkDNS1123Label),
    validate: () => [],
  });
}
