import { isJsonObject } from "#apimachinery/json-value.ts";
import type { ObjectSchema, Schema } from "#apimachinery/schema.ts";

/** A value with the names of its fields in the spelling of the schema: Go's decoder ignores upper and lower case. */
export function withFieldCase(value: unknown, schema: Schema): unknown {
  if (schema.type === "list" && Array.isArray(value)) {
    return value.map((item) => withFieldCase(item, schema.items));
  }
  if (schema.type !== "object" || !isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => {
      const field = schema.fields.get(key) ?? fieldCalled(key, schema);
      return field === undefined ? [key, each] : [field.name, withFieldCase(each, field.schema)];
    }),
  );
}

function fieldCalled(key: string, { fields }: ObjectSchema) {
  const name = key.toLowerCase();
  return [...fields.values()].find((field) => field.name.toLowerCase() === name);
}
