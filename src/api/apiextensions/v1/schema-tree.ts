/** The schemas inside the schema of a custom resource. */
import { indexPath, keyPath } from "#apimachinery/field-error.ts";
import type { JSONSchemaProps } from "../../generated/apiextensions-v1.ts";

export interface SubSchema {
  readonly schema: JSONSchemaProps;
  readonly path: string;
  readonly field: SubSchemaField;
  /** The property, for `properties`. */
  readonly name?: string;
}

type SubSchemaField =
  | "additionalProperties"
  | "properties"
  | "not"
  | "allOf"
  | "oneOf"
  | "anyOf"
  | "definitions"
  | "items"
  | "dependencies";

const JUNCTORS = ["allOf", "oneOf", "anyOf"] as const;

/**
 * The schemas directly inside one, in the order in which validation reports them. Large definitions have thousands of
 * schemas and few of them have anything inside, so nothing is made before it is known to be needed.
 */
export function subSchemas(schema: JSONSchemaProps, path: string): readonly SubSchema[] {
  const found: SubSchema[] = [];
  addSchema(found, schema, path, "additionalProperties");
  addNamed(found, schema, path, "properties");
  addSchema(found, schema, path, "not");
  for (const field of JUNCTORS) addListed(found, schema, path, field);
  addNamed(found, schema, path, "definitions");
  addSchema(found, schema, path, "items");
  addListed(found, schema, path, "items");
  addNamed(found, schema, path, "dependencies");
  return found;
}

/** A schema and all schemas inside it, each before those inside itself. */
export function allSchemas(schema: JSONSchemaProps): readonly JSONSchemaProps[] {
  return allSchemasWithPaths(schema, "").map((each) => each.schema);
}

export interface PlacedSchema {
  readonly schema: JSONSchemaProps;
  readonly path: string;
}

/** As `allSchemas`, with the places where they are. */
export function allSchemasWithPaths(schema: JSONSchemaProps, path: string): readonly PlacedSchema[] {
  const found: PlacedSchema[] = [];
  const visit = (placed: PlacedSchema): void => {
    found.push(placed);
    subSchemas(placed.schema, placed.path).forEach(visit);
  };
  visit({ schema, path });
  return found;
}

/** False for the booleans and lists that may stand in the place of a schema. */
export function isSchema(value: unknown): value is JSONSchemaProps {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function addSchema(
  found: SubSchema[],
  schema: JSONSchemaProps,
  path: string,
  field: "additionalProperties" | "not" | "items",
): void {
  const value = schema[field];
  if (isSchema(value)) found.push({ schema: value, path: `${path}.${field}`, field });
}

function addListed(
  found: SubSchema[],
  schema: JSONSchemaProps,
  path: string,
  field: (typeof JUNCTORS)[number] | "items",
): void {
  const list = schema[field];
  if (!Array.isArray(list)) return;
  for (const [index, each] of (list as readonly JSONSchemaProps[]).entries()) {
    found.push({ schema: each, path: indexPath(`${path}.${field}`, index), field });
  }
}

function addNamed(
  found: SubSchema[],
  schema: JSONSchemaProps,
  path: string,
  field: "properties" | "definitions" | "dependencies",
): void {
  const map = schema[field];
  if (map === undefined) return;
  for (const [name, each] of Object.entries(map)) {
    if (isSchema(each)) found.push({ schema: each, path: keyPath(`${path}.${field}`, name), field, name });
  }
}
