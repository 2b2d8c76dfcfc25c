/** What ConfigMaps and Secrets have in common: they hold data by key, up to a size, and may be frozen. */
import { type FieldError, forbidden } from "#apimachinery/field-error.ts";
import { semanticallyEqual } from "../../validation/equality.ts";

/** The most that one object may hold: 1 MiB. */
export const MAX_DATA_BYTES = 1024 * 1024;

/** The sum of the sizes of all values, in bytes. */
export function totalSize(
  data: Readonly<Record<string, string>> | undefined,
  sizeOf: (value: string) => number,
): number {
  return Object.values(data ?? {}).reduce((sum, value) => sum + sizeOf(value), 0);
}

/** The size of what a padded base64 text stands for. */
export function base64Size(text: string): number {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  return (text.length / 4) * 3 - padding;
}

/** Once `immutable` is set it stays set, and the data in the given fields stays as it is. */
export function validateFrozen<T extends { readonly immutable?: boolean }>(
  next: T,
  previous: T,
  fields: readonly (keyof T & string)[],
): readonly FieldError[] {
  if (previous.immutable !== true) return [];
  const changed = fields.filter((field) => !semanticallyEqual(next[field], previous[field]));
  return [...(next.immutable === true ? [] : ["immutable"]), ...changed].map((field) =>
    forbidden(field, "field is immutable when `immutable` is set"),
  );
}
