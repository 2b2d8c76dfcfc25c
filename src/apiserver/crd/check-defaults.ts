/** Defaults that a definition must not have (upstream pkg/apiserver/schema/defaulting/validation.go). */
import { isSchema } from "#api/apiextensions/v1/schema-tree.ts";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { Codec } from "#apimachinery/codec/codec.ts";
import { findTypeError } from "#apimachinery/codec/type-error.ts";
import {
  type FieldError,
  formatFieldError,
  indexPath,
  invalid,
  keyPath,
  Unstructured,
} from "#apimachinery/field-error.ts";
import { equalJson, isJsonObject, type JsonObject } from "#apimachinery/json-value.ts";
import type { Schema } from "#apimachinery/schema.ts";
import { aggregate } from "#apimachinery/status-error.ts";
import { ownValue } from "#base/own-value.ts";
import { resourceSchema } from "./resource-schema.ts";
import { validateEmbedded } from "./validate-embedded.ts";
import { validateValue } from "./validate-value.ts";

type Errors = readonly FieldError[];

/** `metaSchema` is that of ObjectMeta. */
export function checkDefaults(schema: JSONSchemaProps, path: string, metaSchema: Schema): Errors {
  const root = { ...schema, [EMBEDDED]: true };
  return checkAt(root, path, { root, inside: (value) => value, isMeta: false }, metaSchema);
}

const EMBEDDED = "x-kubernetes-embedded-resource";
const META_FIELDS: readonly string[] = ["apiVersion", "kind", "metadata"];

/** Where a schema is within the next object outwards that has metadata. */
interface Surroundings {
  readonly root: JSONSchemaProps;
  /** That object, if it had nothing but this value. */
  readonly inside: (value: unknown) => unknown;
  readonly isMeta: boolean;
}

/** Maps are left out: their values can have no defaults where it would matter. */
function checkAt(schema: JSONSchemaProps, path: string, around: Surroundings, metaSchema: Schema): Errors {
  const isResource = schema[EMBEDDED] === true;
  const here = isResource ? { root: schema, inside: (value: unknown) => value, isMeta: false } : around;
  const { items, properties = {} } = schema;
  const below = (name: string): Surroundings => ({
    ...here,
    inside: (value) => here.inside({ [name]: value }),
    isMeta: here.isMeta || (isResource && META_FIELDS.includes(name)),
  });
  return [
    ...checkDefault(schema, `${path}.default`, here, metaSchema),
    ...(isSchema(items)
      ? checkAt(items, `${path}.items`, { ...here, inside: (value) => here.inside([value]) }, metaSchema)
      : []),
    ...Object.entries(properties).flatMap(([name, each]) =>
      checkAt(each, keyPath(`${path}.properties`, name), below(name), metaSchema),
    ),
  ];
}

function checkDefault(
  schema: JSONSchemaProps,
  path: string,
  around: Surroundings,
  metaSchema: Schema,
): Errors {
  const value = schema.default;
  if (value === undefined) return [];
  if (around.isMeta) {
    const problem = metaProblem(around, value, metaSchema);
    if (problem === undefined) return checkValue(schema, path);
    return [invalid(path, new Unstructured(value), `must result in valid metadata: ${problem}`)];
  }
  const wrongType = coerceErrors(schema, value, path, metaSchema);
  const embedded = wrongType.length > 0 ? wrongType : validateEmbedded(schema, value, path);
  const unknown = invalid(path, new Unstructured(value), "must not have unknown fields");
  return [
    ...(isPruned(schema, value) ? [] : [unknown]),
    ...(embedded.length > 0 ? embedded : checkValue(schema, path)),
  ];
}

function metaProblem({ root, inside }: Surroundings, value: unknown, metaSchema: Schema): string | undefined {
  const object = { apiVersion: "validation/v1", kind: "Validation", ...(inside(value) as JsonObject) };
  const [wrongType] = coerceErrors(root, object, "", metaSchema);
  if (wrongType !== undefined) return formatFieldError(wrongType);
  const errors = validateEmbedded(root, object, "");
  return errors.length === 0 ? undefined : aggregate(errors.map(formatFieldError));
}

const ANYTHING: Schema = { type: "any" };
const codec = new Codec();
const NO_KIND = { group: "", version: "", kind: "" };

/** Whether pruning leaves a value as it is; metadata is not looked at. */
function isPruned(schema: JSONSchemaProps, value: unknown): boolean {
  const around = resourceSchema({ type: "object", properties: { value: schema } }, ANYTHING, "");
  const { object } = codec.decode(around, { value }, { gvk: NO_KIND, fieldValidation: "Ignore" });
  return equalJson(object["value"], value);
}

/** Types of the fields that every object has (upstream pkg/apiserver/schema/objectmeta `Coerce`). */
function coerceErrors(schema: JSONSchemaProps, value: unknown, path: string, metaSchema: Schema): Errors {
  const { items, properties = {}, additionalProperties } = schema;
  if (Array.isArray(value)) {
    if (!isSchema(items)) return [];
    return value.flatMap((each: unknown, index) =>
      coerceErrors(items, each, indexPath(path, index), metaSchema),
    );
  }
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([name, each]) => {
    const at = path === "" ? name : `${path}.${name}`;
    const own = schema[EMBEDDED] === true ? coerceMeta(name, each, at, metaSchema) : [];
    const field = ownValue(properties, name) ?? additionalProperties;
    return [...own, ...(isSchema(field) ? coerceErrors(field, each, at, metaSchema) : [])];
  });
}

function coerceMeta(name: string, value: unknown, path: string, metaSchema: Schema): Errors {
  if (name === "apiVersion" || name === "kind") {
    return typeof value === "string" ? [] : [invalid(path, new Unstructured(value), "must be a string")];
  }
  const problem = name === "metadata" ? findTypeError(metaSchema, value) : undefined;
  return problem === undefined ? [] : [invalid(path, new Unstructured(value), problem)];
}

/** Messages name fields from the default on. */
function checkValue(schema: JSONSchemaProps, path: string): Errors {
  return validateValue(schema, { path: "", value: schema.default }).map((error) => ({
    ...error,
    field: error.field === "" || error.field === "<nil>" ? path : `${path}.${error.field.replace(/^\./, "")}`,
  }));
}
