import type { Field, ListSchema, MapSchema, ObjectSchema, ScalarType, Schema } from "#apimachinery/schema.ts";

/** A field with its schema; `presence` is `nonEmpty` unless said otherwise. */
export function aField(schema: Schema, overrides: Partial<Field> = {}): Omit<Field, "name"> {
  return { schema, presence: "nonEmpty", patchStrategy: [], ...overrides };
}

/** A struct of fields in the given order; a bare schema is a field with no particularities. */
export function aStruct(
  name: string,
  fields: Readonly<Record<string, Schema | Omit<Field, "name">>>,
  overrides: Partial<ObjectSchema> = {},
): ObjectSchema {
  const entries = Object.entries(fields).map(([fieldName, each]): [string, Field] => [
    fieldName,
    { ...("schema" in each ? each : aField(each)), name: fieldName },
  ]);
  return {
    type: "object",
    name: `test.v1.${name}`,
    fields: new Map(entries),
    unknownFields: "drop",
    atomic: false,
    ...overrides,
  };
}

export function aScalar(type: ScalarType): Schema {
  return { type };
}

export function aListOf(items: Schema, overrides: Partial<ListSchema> = {}): ListSchema {
  return { type: "list", items, listType: "atomic", keys: [], ...overrides };
}

export function aMapOf(values: Schema, overrides: Partial<MapSchema> = {}): MapSchema {
  return { type: "map", values, atomic: false, ...overrides };
}
