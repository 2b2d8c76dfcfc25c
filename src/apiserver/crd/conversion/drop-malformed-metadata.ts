import { findTypeError } from "#apimachinery/codec/type-error.ts";
import { isJsonObject, type JsonObject } from "#apimachinery/json-value.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { ObjectSchema, Schema } from "#apimachinery/schema.ts";

/**
 * An object as it can be read when fields of its metadata, or of that of objects inside of it, are of wrong types: without
 * them. Definitions come to say of what has been stored before that it is an object (upstream
 * pkg/apiserver/schema/objectmeta `CoerceWithOptions` with `DropInvalidFields`).
 */
export function dropMalformedMetadata(schema: ObjectSchema, object: KubeObject): KubeObject {
  // What is left has the type and the name that it had.
  return repair(schema, object) as KubeObject;
}

function repair(schema: Schema, value: unknown): unknown {
  if (schema.type === "list") {
    return Array.isArray(value) ? value.map((each: unknown) => repair(schema.items, each)) : value;
  }
  if (!isJsonObject(value)) return value;
  if (schema.type === "object") return repairObject(schema, value);
  return schema.type === "map" ? mapFields(value, (_, each) => repair(schema.values, each)) : value;
}

function repairObject({ fields, unknownValues }: ObjectSchema, object: JsonObject): JsonObject {
  const metadata = fields.get("metadata")?.schema;
  const isWhole = metadata?.type === "object" && metadata.lenient !== true;
  return mapFields(object, (name, value) => {
    if (isWhole && name === "metadata") return soundFields(metadata, value);
    if (isWhole && (name === "kind" || name === "apiVersion"))
      return typeof value === "string" ? value : undefined;
    const schema = fields.get(name)?.schema ?? unknownValues;
    return schema === undefined ? value : repair(schema, value);
  });
}

/** Undefined for what is no object at all. */
function soundFields(schema: ObjectSchema, metadata: unknown): unknown {
  if (!isJsonObject(metadata)) return undefined;
  return mapFields(metadata, (name, value) =>
    findTypeError(schema, { [name]: value }) === undefined ? value : undefined,
  );
}

function mapFields(object: JsonObject, map: (name: string, value: unknown) => unknown): JsonObject {
  const entries = Object.entries(object).map(([name, value]) => [name, map(name, value)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
