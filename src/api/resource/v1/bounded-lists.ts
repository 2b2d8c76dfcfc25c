/** Lists and maps that are looked at only up to a certain size, so that nobody can keep the server busy with them. */
import { duplicate, type FieldError, indexPath, keyPath, tooMany } from "#apimachinery/field-error.ts";
import { type Validator, validateEach } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";

/** Keys in paths are not shortened below this. */
const MIN_KEY_LENGTH = 16;
const ELLIPSIS = "...";

export function validateBoundedList<T>(
  items: readonly T[] | undefined,
  path: string,
  max: number,
  validate: Validator<T>,
): FieldErrors {
  const count = items?.length ?? 0;
  return count > max ? [tooMany(path, count, max)] : validateEach(items, path, validate);
}

export interface SetRules<T> {
  readonly max: number;
  /** What may be there once only; it is what the error prints. */
  readonly key: (item: T) => unknown;
  readonly validate: Validator<T>;
}

/** Repetitions are reported behind the problems of all items. */
export function validateBoundedSet<T>(
  items: readonly T[] = [],
  path: string,
  { max, key, validate }: SetRules<T>,
): FieldErrors {
  if (items.length > max) return [tooMany(path, items.length, max)];
  const seen = new Set<string>();
  const repeated = items.flatMap((item, index) => {
    const value = key(item);
    const text = JSON.stringify(value);
    if (seen.has(text)) return [duplicate(indexPath(path, index), value)];
    seen.add(text);
    return [];
  });
  return collectErrors(validateEach(items, path, validate), repeated);
}

export interface MapRules<T> {
  readonly max: number;
  /** Longer keys are shortened in paths. */
  readonly maxKeyLength: number;
  readonly validateKey: Validator<string>;
  readonly validate: Validator<T>;
}

/** Problems of a key are reported at the map. */
export function validateBoundedMap<T>(
  map: Readonly<Record<string, T>> = {},
  path: string,
  { max, maxKeyLength, validateKey, validate }: MapRules<T>,
): readonly FieldError[] {
  const entries = Object.entries(map);
  if (entries.length > max) return [tooMany(path, entries.length, max)];
  return entries.flatMap(([key, value]) => [
    ...validateKey(key, path),
    ...validate(value, keyPath(path, shorten(key, Math.max(maxKeyLength, MIN_KEY_LENGTH)))),
  ]);
}

function shorten(text: string, max: number): string {
  if (text.length <= max) return text;
  const remaining = max - ELLIPSIS.length;
  const tail = Math.floor(remaining / 2);
  return text.slice(0, remaining - tail) + ELLIPSIS + text.slice(text.length - tail);
}
