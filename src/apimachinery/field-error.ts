import { goJson, goMapJson, quote } from "./go-text.ts";

/** Why one field of an object is unacceptable; the names are those of `Status.details.causes[].reason`. */
export type FieldErrorReason =
  | "FieldValueNotFound"
  | "FieldValueRequired"
  | "FieldValueDuplicate"
  | "FieldValueInvalid"
  | "FieldValueNotSupported"
  | "FieldValueForbidden"
  | "FieldValueTooLong"
  | "FieldValueTooShort"
  | "FieldValueTooMany"
  | "FieldValueTooFew"
  | "InternalError"
  | "FieldValueTypeInvalid";

/** One problem with one field. `message` is the whole text behind `field: `, in Kubernetes' wording. */
export interface FieldError {
  readonly reason: FieldErrorReason;
  /** Path such as `spec.containers[0].ports[1].name`. */
  readonly field: string;
  readonly message: string;
}

/** A value that Go knows no structure of: messages print what is in it in the order of the names. */
export class Unstructured {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

/** The path of a list element: `spec.containers[0]`. */
export function indexPath(path: string, index: number): string {
  return `${path}[${String(index)}]`;
}

/** The path of a map entry: `metadata.labels[app]`. */
export function keyPath(path: string, key: string): string {
  return `${path}[${key}]`;
}

export function required(field: string, detail = ""): FieldError {
  return { reason: "FieldValueRequired", field, message: withDetail("Required value", detail) };
}

export function invalid(field: string, value: unknown, detail: string): FieldError {
  return {
    reason: "FieldValueInvalid",
    field,
    message: withDetail(`Invalid value: ${formatValue(value)}`, detail),
  };
}

/** As `invalid`, for values that the message does not print. */
export function invalidWithoutValue(field: string, detail: string): FieldError {
  return { reason: "FieldValueInvalid", field, message: withDetail("Invalid value", detail) };
}

export function typeInvalid(field: string, value: unknown, detail: string): FieldError {
  return {
    reason: "FieldValueTypeInvalid",
    field,
    message: withDetail(`Invalid value: ${formatValue(value)}`, detail),
  };
}

export function notSupported(field: string, value: unknown, supported: readonly string[]): FieldError {
  const values = supported.map(quote).join(", ");
  const detail = supported.length === 0 ? "" : `supported values: ${values}`;
  return {
    reason: "FieldValueNotSupported",
    field,
    message: withDetail(`Unsupported value: ${formatValue(value)}`, detail),
  };
}

export function duplicate(field: string, value: unknown, detail = ""): FieldError {
  return {
    reason: "FieldValueDuplicate",
    field,
    message: withDetail(`Duplicate value: ${formatValue(value)}`, detail),
  };
}

export function forbidden(field: string, detail: string): FieldError {
  return { reason: "FieldValueForbidden", field, message: withDetail("Forbidden", detail) };
}

export function notFound(field: string, value: unknown, detail = ""): FieldError {
  return {
    reason: "FieldValueNotFound",
    field,
    message: withDetail(`Not found: ${formatValue(value)}`, detail),
  };
}

/** `maxBytes` below zero means that no limit is known. */
export function tooLong(field: string, maxBytes: number): FieldError {
  const detail = maxBytes >= 0 ? `may not be more than ${count(maxBytes, "byte")}` : "value is too long";
  return { reason: "FieldValueTooLong", field, message: withDetail("Too long", detail) };
}

/** As `tooLong`, for limits that count characters. */
export function tooLongCharacters(field: string, max: number): FieldError {
  const detail = max >= 0 ? `may not be more than ${count(max, "character")}` : "value is too long";
  return { reason: "FieldValueTooLong", field, message: withDetail("Too long", detail) };
}

export function tooShort(field: string, minCharacters: number): FieldError {
  const detail =
    minCharacters >= 0 ? `must be at least ${count(minCharacters, "character")}` : "value is too short";
  return { reason: "FieldValueTooShort", field, message: withDetail("Too short", detail) };
}

/** Numbers below zero are not known and left out of the message. */
export function tooMany(field: string, actual: number, max: number): FieldError {
  const text = actual >= 0 ? `Too many: ${String(actual)}` : "Too many";
  const detail = max >= 0 ? `must have at most ${count(max, "item")}` : "has too many items";
  return { reason: "FieldValueTooMany", field, message: withDetail(text, detail) };
}

export function tooFew(field: string, actual: number, min: number): FieldError {
  const detail = min >= 0 ? `must have at least ${count(min, "item")}` : "has too few items";
  return { reason: "FieldValueTooFew", field, message: withDetail(`Too few: ${String(actual)}`, detail) };
}

/** A problem that the writer of the field has not caused. */
export function internalFieldError(field: string, detail: string): FieldError {
  return { reason: "InternalError", field, message: withDetail("Internal error", detail) };
}

/** The full text of one error: `spec.replicas: Invalid value: -1: must be greater than or equal to 0`. */
export function formatFieldError({ field, message }: FieldError): string {
  return `${field}: ${message}`;
}

function withDetail(text: string, detail: string): string {
  return detail === "" ? text : `${text}: ${detail}`;
}

function count(amount: number, noun: string): string {
  return `${String(amount)} ${noun}${amount === 1 ? "" : "s"}`;
}

/** Strings are quoted, other scalars plain, structures as JSON (apimachinery `field.Error.ErrorBody`). */
function formatValue(value: unknown): string {
  if (value instanceof Unstructured) {
    return typeof value.value === "string" ? quote(value.value) : goMapJson(value.value);
  }
  return typeof value === "string" ? quote(value) : goJson(value);
}
