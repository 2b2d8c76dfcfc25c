import { deepFreeze } from "../deep-freeze.ts";
import type { JsonObject } from "../json-value.ts";
import { type Field, isScalarSchema, type ObjectSchema, type Schema } from "../schema.ts";
import { STRUCT_SCALARS, scalarZeros } from "./scalars.ts";

export const EMPTY_LIST: readonly unknown[] = Object.freeze([]);
export const EMPTY_MAP: JsonObject = Object.freeze({});

/** What is written for an absent value where something has to be written. Frozen. */
export function zeroValue(schema: Schema): unknown {
  if (isScalarSchema(schema)) return scalarZeros[schema.type];
  switch (schema.type) {
    case "object":
      return emptyObject(schema);
    case "list":
      return EMPTY_LIST;
    case "map":
      return EMPTY_MAP;
    case "any":
    case "alternatives":
      return null;
  }
}

/** Every write asks for the same few. */
const emptyObjects = new WeakMap<ObjectSchema, JsonObject>();

/** What an object without any field is decoded to. Frozen. */
export function emptyObject(schema: ObjectSchema): JsonObject {
  const known = emptyObjects.get(schema);
  if (known !== undefined) return known;
  const written = [...schema.fields.values()].filter(isAlwaysWritten);
  const empty = deepFreeze(Object.fromEntries(written.map((field) => [field.name, zeroValue(field.schema)])));
  emptyObjects.set(schema, empty);
  return empty;
}

export function isAlwaysWritten({ presence, schema }: Field): boolean {
  return presence === "always" || (presence === "nonEmpty" && isStruct(schema));
}

/** What is a struct in Go is never left out for being empty. */
export function isStruct({ type }: Schema): boolean {
  return type === "object" || STRUCT_SCALARS.has(type);
}
