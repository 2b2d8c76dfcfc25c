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
  Unstructured,
} from "#apimachinery/field-error.ts";
import { goMapJson, quote } from "#apimachinery/go-text.ts";
import { equalJson, isJsonObject, type JsonObject } from "#apimachinery/json-value.ts";
import { ownValue } from "#base/own-value.ts";
import { correlatedElement, correlatedField, isUnchanged, type Previous } from "./correlate.ts";
import { patternOf } from "./patterns.ts";
import { hasFormat } from "./text-formats.ts";
import { validateJunctors } from "./validate-junctors.ts";
import { validateNumber } from "./validate-number.ts";
import { formatOf, validateType } from "./validate-type.ts";

/** A value with what it replaces. */
interface Place {
  /** As in messages: `spec.replicas`; empty for the whole object. */
  readonly path: string;
  readonly value: unknown;
  /** Undefined where there is nothing that the value could be compared with. */
  readonly previous: Previous | undefined;
}

export interface ValidatedValue {
  readonly path: string;
  readonly value: unknown;
  /** What it replaces; undefined for nothing. */
  readonly previous?: unknown;
}

type Errors = readonly FieldError[];

/** What is wrong with a value; nothing for a part that is what it was before. */
export function validateValue(schema: JSONSchemaProps, { path, value, previous }: ValidatedValue): Errors {
  return validateAt(schema, {
    path,
    value,
    previous: previous === undefined ? undefined : { schema, value: previous },
  });
}

function validateAt(schema: JSONSchemaProps, place: Place): Errors {
  const errors = findErrors(schema, place);
  if (errors.length === 0 || place.previous === undefined) return errors;
  return isUnchanged(place.value, place.previous) ? [] : errors;
}

function findErrors(schema: JSONSchemaProps, place: Place): Errors {
  const { path, value } = place;
  const type = validateType(schema, value, path);
  if (value === null || value === undefined) return [...type, ...validateEnum(schema, place)];
  return [
    ...type,
    // Inside of combinations nothing is compared with what was before.
    ...validateJunctors(schema, {
      path,
      value,
      errorsBy: (sub) => findErrors(sub, { path, value, previous: undefined }),
      isValid: (sub, each) => findErrors(sub, { path, value: each, previous: undefined }).length === 0,
    }),
    ...(typeof value === "string" ? validateText(schema, value, path) : []),
    ...(typeof value === "number" || typeof value === "bigint" ? validateNumber(schema, value, path) : []),
    ...(Array.isArray(value) ? validateList(schema, value, place) : []),
    ...validateEnum(schema, place),
    ...(isJsonObject(value) ? validateObject(schema, value, place) : []),
  ];
}

/** A null is in no enumeration, not even in one that has it. */
function validateEnum({ enum: values = [] }: JSONSchemaProps, { path, value = null }: Place): Errors {
  if (values.length === 0 || (value !== null && values.some((each) => equalJson(each, value)))) return [];
  const supported = values.map((each) => (typeof each === "string" ? each : goMapJson(each)));
  return [notSupported(path, new Unstructured(value), supported)];
}

/** Only the first problem of a text is told, save that its format is looked at for itself. */
function validateText(schema: JSONSchemaProps, text: string, path: string): Errors {
  const format = formatOf(schema);
  const isMisformed = format !== "" && !hasFormat(format, text);
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

function validateList(schema: JSONSchemaProps, list: readonly unknown[], { path, previous }: Place): Errors {
  const { items, maxItems, minItems } = schema;
  const errors = isSchema(items)
    ? list.flatMap((value, index) =>
        validateAt(items, {
          path: indexPath(path, index),
          value,
          previous: previous && correlatedElement(previous, value),
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
      const property = ownValue(properties, name);
      if (property !== undefined) return validateAt(property, fieldPlace(place, name, value));
      if (!isSchema(additionalProperties)) return [];
      return validateAt(additionalProperties, { ...fieldPlace(place, name, value), path: `${path}.${name}` });
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

/** Type and kind of the object itself are those of the request, before as after. */
function fieldPlace({ path, previous }: Place, name: string, value: unknown): Place {
  const isTypeMeta = path === "" && (name === "apiVersion" || name === "kind");
  const before = isTypeMeta || previous === undefined ? undefined : correlatedField(previous, name);
  return { path: fieldPath(path, name), value, previous: before };
}

function fieldPath(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
