import type { FieldError } from "#apimachinery/field-error.ts";

export type FieldErrors = readonly FieldError[];

/** One part of a validation: an error, several, or none where its condition is not met. */
export type FieldErrorPart = FieldError | FieldErrors | false | undefined;

const NONE: FieldErrors = [];

/** The errors of all parts in their order. Written `condition && error`, so that only real errors are built. */
export function collectErrors(...parts: readonly FieldErrorPart[]): FieldErrors {
  return collectEach(parts, (part) => (part === false || part === undefined ? NONE : part));
}

/**
 * What `items.flatMap` returns, for a callback that finds nothing in most items: then this costs no list, and
 * validation calls it dozens of times for every object.
 */
export function collectEach<T, E>(
  items: readonly T[],
  find: (item: T, index: number) => E | readonly E[],
): readonly E[] {
  let all: E[] | undefined;
  for (let index = 0; index < items.length; index += 1) {
    const found = find(items[index] as T, index);
    if (!Array.isArray(found)) (all ??= []).push(found as E);
    else if (found.length > 0) (all ??= []).push(...(found as readonly E[]));
  }
  return all ?? [];
}
