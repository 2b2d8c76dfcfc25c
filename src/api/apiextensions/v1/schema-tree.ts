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

/** The schemas directly inside one, in the order in which validation reports them. */
export function subSchemas(schema: JSONSchemaProps, path: string): readonly SubSchema[] {
  const { additionalProperties, not, items } = schema;
  return [
    ...single(additionalProperties, `${path}.additionalProperties`, "additionalProperties"),
    ...named(schema.properties, `${path}.properties`, "properties"),
    ...single(not, `${path}.not`, "not"),
    ...JUNCTORS.flatMap((field) => listed(schema[field], `${path}.${field}`, field)),
    ...named(schema.definitions, `${path}.definitions`, "definitions"),
    ...(isSchema(items) ? single(items, `${path}.items`, "items") : listed(items, `${path}.items`, "items")),
    ...named(schema.dependencies, `${path}.dependencies`, "dependencies"),
  ];
}

/** A schema and all schemas inside it, each before those inside itself. */
export function allSchemas(schema: JSONSchemaProps): readonly JSONSchemaProps[] {
  return [schema, ...subSchemas(schema, "").flatMap((sub) => allSchemas(sub.schema))];
}

/** As `allSchemas`, with the places where they are. */
export function allSchemasWithPaths(
  schema: JSONSchemaProps,
  path: string,
): readonly { readonly schema: JSONSchemaProps; readonly path: string }[] {
  return [
    { schema, path },
    ...subSchemas(schema, path).flatMap((sub) => allSchemasWithPaths(sub.schema, sub.path)),
  ];
}

/** False for the booleans and lists that may stand in the place of a schema. */
export function isSchema(value: unknown): value is JSONSchemaProps {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function single(value: unknown, path: string, field: SubSchemaField): readonly SubSchema[] {
  return isSchema(value) ? [{ schema: value, path, field }] : [];
}

function listed(
  list: readonly JSONSchemaProps[] | undefined,
  path: string,
  field: SubSchemaField,
): readonly SubSchema[] {
  return list?.map((schema, index) => ({ schema, path: indexPath(path, index), field })) ?? [];
}

function named(
  map: Readonly<Record<string, unknown>> | undefined,
  path: string,
  field: SubSchemaField,
): readonly SubSchema[] {
  return Object.entries(map ?? {}).flatMap(([name, schema]) =>
    isSchema(schema) ? [{ schema, path: keyPath(path, name), field, name }] : [],
  );
}
