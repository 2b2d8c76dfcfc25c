import type { FieldError } from "#apimachinery/field-error.ts";

export type FieldErrors = readonly FieldError[];

/** One part of a validation: an error, several, or none where its condition is not met. */
export type FieldErrorPart = FieldError | FieldErrors | false | undefined;

const NONE: FieldErrors = [];

/** The errors of all parts in their order. Written `condition && error`, so that only real errors are built. */
export function collectErrors(...parts: readonly FieldErrorPart[]): FieldErrors {
  return parts.flatMap((part) => (part === false || part === undefined ? NONE : part));
}
