/** Counts of pods in the status of workloads. */
import { invalid } from "#apimachinery/field-error.ts";
import { validateNonNegative } from "../../validation/checks.ts";
import type { FieldErrors } from "../../validation/collect-errors.ts";

type Counts<K extends string> = Readonly<Partial<Record<K, number>>>;

export function validateCounts<K extends string>(
  counts: Counts<K>,
  path: string,
  fields: readonly K[],
): FieldErrors {
  return fields.flatMap((field) => validateNonNegative(counts[field], `${path}.${field}`));
}

/** Absent counts are zero. `limitName` is how the message calls the limit. */
export function validateNotAbove<K extends string>(
  counts: Counts<K>,
  path: string,
  {
    fields,
    limit,
    limitName,
  }: { readonly fields: readonly K[]; readonly limit: K; readonly limitName: string },
): FieldErrors {
  return fields
    .filter((field) => (counts[field] ?? 0) > (counts[limit] ?? 0))
    .map((field) => invalid(`${path}.${field}`, counts[field] ?? 0, `cannot be greater than ${limitName}`));
}

/** Names of children are made from the count, so it must not go back. */
export function validateCollisionCount(
  next: number | undefined,
  previous: number | undefined,
  path: string,
): FieldErrors {
  const isDecremented = previous !== undefined && (next === undefined || next < previous);
  return isDecremented ? [invalid(path, next ?? 0, "cannot be decremented")] : [];
}
