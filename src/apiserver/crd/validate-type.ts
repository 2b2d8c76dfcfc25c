import { isKnownFormat } from "#api/apiextensions/v1/schema-formats.ts";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { type FieldError, typeInvalid } from "#apimachinery/field-error.ts";
import { quote } from "#apimachinery/go-text.ts";

/** Whether a value is of the type that its schema wants (kube-openapi pkg/validation/validate/type.go). */
export function validateType(schema: JSONSchemaProps, value: unknown, path: string): readonly FieldError[] {
  const wanted = wantedInstead(schema, value);
  if (wanted === undefined) return [];
  const message = `${path} in body must be of type ${wanted.type}: ${quote(wanted.actual)}`;
  return [typeInvalid(path, wanted.actual, message)];
}

/** Undefined when the type is right. */
export function wantedInstead(
  schema: JSONSchemaProps,
  value: unknown,
): { readonly type: string; readonly actual: string } | undefined {
  const types = typesOf(schema);
  const actual = jsonTypeOf(value);
  const isNumber = actual === "integer" && types.includes("number");
  const isNull = actual === "null" && (types.length === 0 || schema.nullable === true);
  if (isNumber || isNull || types.includes(actual)) return undefined;
  const format = actual === "null" ? "" : formatOf(schema);
  const type = types.join(",");
  if (format === "") return types.length === 0 ? undefined : { type, actual };
  const isTextLike = actual === "string" || actual === "array";
  if (!isTextLike) return { type: format, actual: goFormatOf(actual) };
  // Lists pass for texts that have a format.
  const wantsNumber = types.includes("number") || types.includes("integer");
  return wantsNumber ? { type, actual } : undefined;
}

function typesOf({ type = "", "x-kubernetes-int-or-string": isEither }: JSONSchemaProps): readonly string[] {
  if (isEither === true) return ["integer", "string"];
  return type === "" ? [] : [type];
}

/** The format, where it means something. */
export function formatOf({ type = "", format = "", ...schema }: JSONSchemaProps): string {
  const isEither = schema["x-kubernetes-int-or-string"] === true;
  return isKnownFormat(isEither ? "" : type, format) ? format : "";
}

function jsonTypeOf(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "bigint") return "integer";
  if (typeof value === "number") return isInt64(value) ? "integer" : "number";
  return typeof value;
}

/** Those that need more than 64 bits are no bigints. */
function isInt64(value: number): boolean {
  return Number.isSafeInteger(value) || (Number.isInteger(value) && Math.abs(value) < 2 ** 63);
}

function goFormatOf(type: string): string {
  if (type === "integer") return "int64";
  return type === "number" ? "float64" : "";
}
