/** The shapes of documents that operators write (group `apiserver.config.k8s.io`). */
import type { Field, ObjectSchema, Schema } from "#apimachinery/schema.ts";

export const TEXT: Schema = { type: "string" };

/** Of the fields, those of `optional` are pointers in Go: that they are absent means something. */
export function objectOf(
  name: string,
  fields: Readonly<Record<string, Schema>>,
  optional: readonly string[] = [],
): ObjectSchema {
  const declared = Object.entries(fields).map(([field, schema]): [string, Field] => [
    field,
    {
      name: field,
      schema,
      presence: optional.includes(field) ? "whenSet" : "always",
      patchStrategy: [],
    },
  ]);
  return {
    type: "object",
    name: `v1.${name}`,
    fields: new Map(declared),
    unknownFields: "drop",
    atomic: false,
  };
}

export function listOf(items: Schema): Schema {
  return { type: "list", items, listType: "atomic", keys: [] };
}
