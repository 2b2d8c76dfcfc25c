/** Numbers of pods that may be percentages (`pkg/apis/apps/validation`). */
import { type FieldError, invalid } from "#apimachinery/field-error.ts";
import { checkPercent } from "#apimachinery/formats.ts";
import type { IntOrString } from "#apimachinery/generated/meta-v1.ts";
import { checkFormat, validateNonNegative } from "./checks.ts";

/** A number that is not negative, or a percentage (upstream's `ValidatePositiveIntOrPercent`). */
export function validateIntOrPercent(value: IntOrString, path: string): readonly FieldError[] {
  return typeof value === "string"
    ? checkFormat(value, path, checkPercent)
    : validateNonNegative(value, path);
}

export function validateAtMost100Percent(value: IntOrString, path: string): readonly FieldError[] {
  const isTooMuch = typeof value === "string" && numberOf(value) > 100;
  return isTooMuch ? [invalid(path, value, "must not be greater than 100%")] : [];
}

/** True for `0` and `0%`, and for texts that are no percentage. */
export function isZeroIntOrPercent(value: IntOrString): boolean {
  return typeof value === "string" ? numberOf(value) === 0 : value === 0;
}

/** The number of a percentage; zero for a text that is none, and an integer for a text that is one. */
function numberOf(text: string): number {
  const number = checkPercent(text).length === 0 ? text.slice(0, -1) : text;
  return /^[+-]?[0-9]+$/.test(number) ? Number(number) : 0;
}
