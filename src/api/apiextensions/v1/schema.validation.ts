/**
 * Rules of each schema by itself (apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go,
 * `ValidateCustomResourceDefinitionOpenAPISchema`). CEL rules are not compiled.
 */
import { type FieldError, forbidden, invalid, notSupported } from "#apimachinery/field-error.ts";
import type { JSONSchemaProps } from "../../generated/apiextensions-v1.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { isEmptyList } from "../../validation/lists.ts";
import { validateListType } from "./list-type.validation.ts";
import { type SubSchema, subSchemas } from "./schema-tree.ts";
import { typeMismatch } from "./type-mismatch.ts";
import { validateSchemaRules } from "./validation-rules.validation.ts";

const TYPES: readonly string[] = ["array", "boolean", "integer", "number", "object", "string"];
const MAP_TYPES = ["atomic", "granular"];
/** Properties whose types are given: every object has them. */
const META_PROPERTIES: readonly string[] = ["metadata", "kind", "apiVersion"];

/** Where a schema is. */
interface Position {
  readonly isRoot: boolean;
  readonly isInsideMeta: boolean;
  /** Why there can be no default; undefined where there can be. */
  readonly noDefaults?: string;
}

export function validateSchema(schema: JSONSchemaProps, path: string): FieldErrors {
  return validateAt(schema, path, { isRoot: true, isInsideMeta: false });
}

function validateAt(schema: JSONSchemaProps, path: string, position: Position): FieldErrors {
  const { additionalProperties, properties = {} } = schema;
  const hasProperties = Object.keys(properties).length > 0;
  return collectErrors(
    validateSupported(schema, path, position),
    schema.uniqueItems === true &&
      forbidden(
        `${path}.uniqueItems`,
        "uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
      ),
    hasProperties &&
      additionalProperties !== undefined &&
      additionalProperties !== true &&
      forbidden(`${path}.additionalProperties`, "additionalProperties and properties are mutual exclusive"),
    ...subSchemas(schema, path).map((sub) =>
      validateAt(sub.schema, sub.path, positionOf(sub, schema, position)),
    ),
    schema["x-kubernetes-preserve-unknown-fields"] === false &&
      invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, "must be true or undefined"),
    validateMapType(schema, path),
    validateListType(schema, path),
    validateSchemaRules(schema, path),
  );
}

function positionOf({ field, name = "" }: SubSchema, parent: JSONSchemaProps, position: Position): Position {
  const inside = { ...position, isRoot: false };
  if (field === "additionalProperties" && position.isInsideMeta) {
    return { ...inside, noDefaults: "inside additionalProperties applying to object metadata" };
  }
  const hasMeta = position.isRoot || parent["x-kubernetes-embedded-resource"] === true;
  if (field !== "properties" || !hasMeta || !META_PROPERTIES.includes(name)) return inside;
  return {
    ...inside,
    isInsideMeta: true,
    ...(position.isRoot && { noDefaults: `in top-level ${name}` }),
  };
}

/** What OpenAPI knows and Kubernetes does not. */
function validateSupported(schema: JSONSchemaProps, path: string, position: Position): FieldErrors {
  const { type = "", items } = schema;
  return collectErrors(
    type !== "" && !TYPES.includes(type) && notSupported(`${path}.type`, type, TYPES),
    schema.default !== undefined &&
      position.noDefaults !== undefined &&
      forbidden(`${path}.default`, `must not be set ${position.noDefaults}`),
    unsupported(schema.id !== undefined && schema.id !== "", path, "id"),
    unsupported(schema.additionalItems !== undefined, path, "additionalItems"),
    unsupported(hasEntries(schema.patternProperties), path, "patternProperties"),
    unsupported(hasEntries(schema.definitions), path, "definitions"),
    unsupported(hasEntries(schema.dependencies), path, "dependencies"),
    unsupported(schema.$ref !== undefined, path, "$ref"),
    type === "null" &&
      forbidden(`${path}.type`, "type cannot be set to null, use nullable as an alternative"),
    Array.isArray(items) &&
      !isEmptyList(items) &&
      forbidden(`${path}.items`, "items must be a schema object and not an array"),
    position.isInsideMeta &&
      schema["x-kubernetes-embedded-resource"] === true &&
      forbidden(`${path}.x-kubernetes-embedded-resource`, "must not be used inside of resource meta"),
  );
}

function unsupported(isSet: boolean, path: string, field: string): FieldError | false {
  return isSet && forbidden(`${path}.${field}`, `${field} is not supported`);
}

function hasEntries(map: Readonly<Record<string, unknown>> | undefined): boolean {
  return map !== undefined && Object.keys(map).length > 0;
}

function validateMapType(schema: JSONSchemaProps, path: string): FieldErrors {
  const { type = "", "x-kubernetes-map-type": mapType } = schema;
  if (mapType === undefined) return [];
  return collectErrors(
    type !== "object" && typeMismatch(type, path, "must be object if x-kubernetes-map-type is specified"),
    !MAP_TYPES.includes(mapType) && notSupported(`${path}.x-kubernetes-map-type`, mapType, MAP_TYPES),
  );
}
