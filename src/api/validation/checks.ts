/** The small steps that validation of most kinds is made of; each returns the problems it found. */
import {
  type FieldError,
  indexPath,
  invalid,
  keyPath,
  notSupported,
  required,
} from "#apimachinery/field-error.ts";
import type { FormatCheck } from "#apimachinery/formats.ts";
import { collectEach } from "./collect-errors.ts";
import { semanticallyEqual } from "./equality.ts";

export type Validator<T> = (value: T, path: string) => readonly FieldError[];

export const NEGATIVE_MESSAGE = "must be greater than or equal to 0";
export const NOT_POSITIVE_MESSAGE = "must be greater than zero";
export const IMMUTABLE_MESSAGE = "field is immutable";

/** The path of errors that are about the whole object, as upstream prints its `field.NewPath("")`. */
export const WHOLE_OBJECT = "[]";

/** Every message of a format check as an error of the field. */
export function checkFormat(value: string, path: string, check: FormatCheck): readonly FieldError[] {
  return collectEach(check(value), (message) => invalid(path, value, message));
}

/** Every message of a check of a number as an error of the field. */
export function checkNumber(
  value: number,
  path: string,
  check: (value: number) => readonly string[],
): readonly FieldError[] {
  return check(value).map((message) => invalid(path, value, message));
}

export function requireText(value: string | undefined, path: string, detail = ""): readonly FieldError[] {
  return value === undefined || value === "" ? [required(path, detail)] : [];
}

/** A required text of one format. */
export function requireFormat(
  value: string | undefined,
  path: string,
  check: FormatCheck,
): readonly FieldError[] {
  return value === undefined || value === "" ? [required(path)] : checkFormat(value, path, check);
}

/** An optional text of one format; an empty one counts as absent. */
export function optionalFormat(
  value: string | undefined,
  path: string,
  check: FormatCheck,
): readonly FieldError[] {
  return value === undefined || value === "" ? [] : checkFormat(value, path, check);
}

/** A value of a closed set; absent and empty values are reported as such. */
export function requireSupported(
  value: string | undefined,
  path: string,
  supported: readonly string[],
): readonly FieldError[] {
  return value === undefined || value === "" ? [required(path)] : checkSupported(value, path, supported);
}

/** A value of a closed set, the empty one included in the check; absent is fine. */
export function checkSupported(
  value: string | undefined,
  path: string,
  supported: readonly string[],
): readonly FieldError[] {
  return value === undefined || supported.includes(value) ? [] : [notSupported(path, value, supported)];
}

export function validateNonNegative(value: number | undefined, path: string): readonly FieldError[] {
  return value !== undefined && value < 0 ? [invalid(path, value, NEGATIVE_MESSAGE)] : [];
}

export function validatePositive(value: number, path: string): readonly FieldError[] {
  return value <= 0 ? [invalid(path, value, NOT_POSITIVE_MESSAGE)] : [];
}

/** `print` makes of a new value what the message shows; default: the value. */
export function validateImmutable<T>(
  next: T,
  previous: T,
  path: string,
  print: (value: T) => unknown = (value) => value,
): readonly FieldError[] {
  return semanticallyEqual(next, previous) ? [] : [invalid(path, print(next), IMMUTABLE_MESSAGE)];
}

/** Applies a validator to each element of a list under its indexed path. */
export function validateEach<T>(
  items: readonly T[] | undefined,
  path: string,
  validate: Validator<T>,
): readonly FieldError[] {
  if (items === undefined) return [];
  return collectEach(items, (item, index) => validate(item, indexPath(path, index)));
}

/** Applies a validator to each entry of a map under its keyed path. */
export function validateEntries<T>(
  entries: Readonly<Record<string, T>> | undefined,
  path: string,
  validate: (key: string, value: T, path: string) => readonly FieldError[],
): readonly FieldError[] {
  if (entries === undefined) return [];
  return collectEach(Object.entries(entries), ([key, value]) => validate(key, value, keyPath(path, key)));
}

/** Applies a validator to a value that may be absent. */
export function validateOptional<T>(
  value: T | undefined | null,
  path: string,
  validate: Validator<T>,
): readonly FieldError[] {
  return value === undefined || value === null ? [] : validate(value, path);
}
