/**
 * Validation of a custom resource by its OpenAPI v3 schema, in the words of kube-openapi (pkg/validation/validate) as
 * apiextensions-apiserver reports them (pkg/apiserver/validation). On an update, what is wrong with a part that has
 * not changed is let pass (KEP-4008).
 */
import { isSchema } from "#api/apiextensions/v1/schema-tree.ts";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import {
  type FieldError,
  indexPath,
  invalid,
  notSupported,
  required,
  tooLong,
  tooMany,
  typeInvalid,
} from "#apimachinery/field-error.ts";
import { goJson, quote } from "#apimachinery/go-text.ts";
import { equalJson, isJsonObject, type JsonObject } from "#apimachinery/json-value.ts";
import { ownValue } from "#base/own-value.ts";
import { correlatedItem } from "./correlate.ts";
import { patternOf } from "./patterns.ts";
import { hasFormat } from "./text-formats.ts";

/** A value with what it replaces; `previous` is undefined where there is nothing that it could be compared with. */
export interface Place {
  /** As in messages: `spec.replicas`; empty for the whole object. */
  readonly path: string;
  readonly value: unknown;
  readonly previous: unknown;
}

type Errors = readonly FieldError[];

/** What is wrong with a value; nothing for one that is what it was before. */
export function validateValue(schema: JSONSchemaProps, place: Place): Errors {
  const errors = findErrors(schema, place);
  const isUnchanged =
    errors.length > 0 && place.previous !== undefined && equalJson(place.value, place.previous);
  return isUnchanged ? [] : errors;
}

function findErrors(schema: JSONSchemaProps, place: Place): Errors {
  const { value } = place;
  if (value === null || value === undefined)
    return [...validateType(schema, place), ...validateEnum(schema, place)];
  return [
    ...validateType(schema, place),
    ...validateJunctors(schema, place),
    ...(typeof value === "string" ? validateText(schema, value, place.path) : []),
    ...(typeof value === "number" ? validateNumber(schema, value, place.path) : []),
    ...(Array.isArray(value) ? validateList(schema, value, place) : []),
    ...validateEnum(schema, place),
    ...(isJsonObject(value) ? validateObject(schema, value, place) : []),
  ];
}

function validateType(schema: JSONSchemaProps, { path, value }: Place): Errors {
  const types = typesOf(schema);
  if (types.length === 0) return [];
  const actual = jsonTypeOf(value);
  const isNumber = (actual === "integer" && types.includes("number")) || types.includes(actual);
  if (isNumber || (actual === "null" && schema.nullable === true)) return [];
  const message = `${path} in body must be of type ${types.join(",")}: ${quote(actual)}`;
  return [typeInvalid(path, actual, message)];
}

function typesOf({ type = "", "x-kubernetes-int-or-string": isEither }: JSONSchemaProps): readonly string[] {
  if (isEither === true) return ["integer", "string"];
  return type === "" ? [] : [type];
}

function jsonTypeOf(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

function validateEnum({ enum: values = [] }: JSONSchemaProps, { path, value }: Place): Errors {
  if (values.length === 0 || values.some((each) => equalJson(each, value))) return [];
  const supported = values.map((each) => (typeof each === "string" ? each : goJson(each)));
  return [notSupported(path, value, supported)];
}

/** Only the first problem of a text is told, save that its format is looked at for itself. */
function validateText(schema: JSONSchemaProps, text: string, path: string): Errors {
  const { format = "", type } = schema;
  const isMisformed = format !== "" && (type === "string" || type === undefined) && !hasFormat(format, text);
  const message = `${path} in body must be of type ${format}: ${quote(text)}`;
  return [...validateLength(schema, text, path), ...(isMisformed ? [typeInvalid(path, text, message)] : [])];
}

function validateLength(schema: JSONSchemaProps, text: string, path: string): Errors {
  const { maxLength, minLength, pattern = "" } = schema;
  const isMeasured = maxLength !== undefined || minLength !== undefined;
  const length = isMeasured ? Array.from(text).length : 0;
  if (maxLength !== undefined && length > maxLength) return [tooLong(path, maxLength)];
  if (minLength !== undefined && length < minLength) {
    return [invalid(path, text, `${path} in body should be at least ${String(minLength)} chars long`)];
  }
  if (pattern === "") return [];
  const compiled = patternOf(schema);
  if ("problem" in compiled) {
    return [
      invalid(
        path,
        text,
        `${path} in body should match '${pattern}, but pattern is invalid: ${compiled.problem}'`,
      ),
    ];
  }
  return compiled.test(text) ? [] : [invalid(path, text, `${path} in body should match '${pattern}'`)];
}

function validateNumber(schema: JSONSchemaProps, value: number, path: string): Errors {
  const { multipleOf, maximum, minimum, exclusiveMaximum = false, exclusiveMinimum = false } = schema;
  const isAbove = maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum);
  const isBelow = minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum);
  const wrong = (rule: string): FieldError => invalid(path, value, `${path} in body should be ${rule}`);
  return [
    ...validateRange(schema, value, path),
    ...(multipleOf !== undefined && !isMultiple(value, multipleOf)
      ? [wrong(`a multiple of ${String(multipleOf)}`)]
      : []),
    ...(isBelow ? [wrong(`greater than ${exclusiveMinimum ? "" : "or equal to "}${String(minimum)}`)] : []),
    ...(isAbove ? [wrong(`less than ${exclusiveMaximum ? "" : "or equal to "}${String(maximum)}`)] : []),
  ];
}

function isMultiple(value: number, factor: number): boolean {
  const quotient = factor < 1 ? (1 / factor) * value : value / factor;
  return Math.abs(quotient - Math.round(quotient)) < 1e-9;
}

/** Upstream reports this without a field. */
function validateRange({ type, format }: JSONSchemaProps, value: number, path: string): Errors {
  if (type !== "integer") return [];
  const limit = format === "int32" ? 2 ** 31 : 2 ** 63;
  if (value >= -limit && value < limit) return [];
  const which = format === "int32" || format === "int64" ? `with format ${format}` : "(default format)";
  return [invalid("<nil>", "", `Checked value must be of type integer ${which} in ${path}`)];
}

function validateList(schema: JSONSchemaProps, list: readonly unknown[], { path, previous }: Place): Errors {
  const { items, maxItems, minItems } = schema;
  const errors = isSchema(items)
    ? list.flatMap((value, index) =>
        validateValue(items, {
          path: indexPath(path, index),
          value,
          previous: correlatedItem(schema, value, previous),
        }),
      )
    : [];
  return [
    ...errors,
    ...(minItems !== undefined && list.length < minItems
      ? [invalid(path, list.length, `${path} in body should have at least ${String(minItems)} items`)]
      : []),
    ...(maxItems !== undefined && list.length > maxItems ? [tooMany(path, list.length, maxItems)] : []),
  ];
}

function validateObject(schema: JSONSchemaProps, object: JsonObject, place: Place): Errors {
  const { properties = {}, additionalProperties, maxProperties, minProperties } = schema;
  const { path } = place;
  const count = Object.keys(object).length;
  return [
    ...(minProperties !== undefined && count < minProperties
      ? [invalid(path, count, `${path} in body should have at least ${String(minProperties)} properties`)]
      : []),
    ...(maxProperties !== undefined && count > maxProperties ? [tooMany(path, count, maxProperties)] : []),
    ...(additionalProperties === false ? forbiddenFields(schema, object, path) : []),
    ...Object.entries(object).flatMap(([name, value]) => {
      const field = ownValue(properties, name) ?? additionalProperties;
      return isSchema(field) ? validateValue(field, fieldPlace(place, name, value)) : [];
    }),
    ...(schema.required ?? [])
      .filter((name) => !Object.hasOwn(object, name))
      .map((name) => required(fieldPath(path, name))),
  ];
}

function forbiddenFields({ properties = {} }: JSONSchemaProps, object: JsonObject, path: string): Errors {
  return Object.keys(object)
    .filter((name) => !Object.hasOwn(properties, name))
    .map((name) => invalid(path, name, `${path}.${name} in body is a forbidden property`));
}

function fieldPlace({ path, previous }: Place, name: string, value: unknown): Place {
  const isMeta = path === "" && (name === "apiVersion" || name === "kind");
  const before = isJsonObject(previous) && !isMeta ? ownValue(previous, name) : undefined;
  return { path: fieldPath(path, name), value, previous: before };
}

function fieldPath(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

/** These problems have no field of their own upstream: they are told of the whole object. */
function validateJunctors(schema: JSONSchemaProps, { path, value }: Place): Errors {
  const { anyOf = [], oneOf = [], allOf = [], not } = schema;
  const inside = (sub: JSONSchemaProps): Errors => validateValue(sub, { path, value, previous: undefined });
  const problem = (text: string): FieldError => invalid("<nil>", "", `${quote(path)} must ${text}`);
  return [
    ...validateAnyOf(anyOf.map(inside), problem),
    ...validateOneOf(oneOf.map(inside), problem),
    ...validateAllOf(allOf.map(inside), problem),
    ...(not !== undefined && inside(not).length === 0 ? [problem("not validate the schema (not)")] : []),
  ];
}

function validateAnyOf(results: readonly Errors[], problem: (text: string) => FieldError): Errors {
  if (results.length === 0 || results.some((errors) => errors.length === 0)) return [];
  return [problem("validate at least one schema (anyOf)"), ...closest(results)];
}

function validateOneOf(results: readonly Errors[], problem: (text: string) => FieldError): Errors {
  const valid = results.filter((errors) => errors.length === 0).length;
  if (results.length === 0 || valid === 1) return [];
  const found = valid === 0 ? "Found none valid" : `Found ${String(valid)} valid alternatives`;
  return [
    problem(`validate one and only one schema (oneOf). ${found}`),
    ...(valid === 0 ? closest(results) : []),
  ];
}

function validateAllOf(results: readonly Errors[], problem: (text: string) => FieldError): Errors {
  const failed = results.filter((errors) => errors.length > 0);
  if (failed.length === 0) return [];
  const which = failed.length === results.length ? ". None validated" : "";
  return [...failed.flat(), problem(`validate all the schemas (allOf)${which}`)];
}

/** What is wrong by the schema that fits best. */
function closest(results: readonly Errors[]): Errors {
  return results.reduce((best, errors) => (errors.length < best.length ? errors : best));
}
