import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { workloadSchema } from "#testing/workload-schema.ts";
import { emptyObject } from "../codec/zero.ts";
import type { JsonObject } from "../json-value.ts";
import type { Schema } from "../schema.ts";
import { isScalarSchema } from "../schema.ts";
import { compareTyped } from "./compare.ts";
import { createdFields } from "./created-fields.ts";
import { pathSet } from "./field-manager.ts";
import { difference, EMPTY_SET, type FieldSet, recursiveDifference, union } from "./field-set.ts";

const before = emptyObject(workloadSchema);
const trees = pathSet([["status"], ["spec", "strategy"]]);
const paths = pathSet([["metadata"], ["metadata", "name"], ["metadata", "labels"], ["spec", "selector"]]);

/** Values of a schema, null and what does not belong there among them. */
function valuesOf(schema: Schema): fc.Arbitrary<unknown> {
  const odd = fc.constantFrom<unknown>(null, "", [], {}, 0);
  return fc.oneof({ weight: 8, arbitrary: wellFormed(schema) }, { weight: 1, arbitrary: odd });
}

function wellFormed(schema: Schema): fc.Arbitrary<unknown> {
  if (isScalarSchema(schema)) return fc.constantFrom<unknown>("a", "b", 1, 2, true);
  switch (schema.type) {
    case "object": {
      const fields = [...schema.fields.values()].map(
        (field) => [field.name, valuesOf(field.schema)] as const,
      );
      return fc.record(Object.fromEntries([...fields, ["unknown", fc.constant(1)]]), { requiredKeys: [] });
    }
    case "map":
      return fc.dictionary(fc.constantFrom("b", "a", "1", "c"), valuesOf(schema.values));
    case "list":
      return fc.array(valuesOf(schema.items), { maxLength: 4 });
    case "any":
    case "alternatives":
      return fc.jsonValue({ maxDepth: 3 });
  }
}

/** What the comparison of any two objects says. */
function compared(after: JsonObject): FieldSet {
  const { added, modified } = compareTyped(workloadSchema, before, after);
  return difference(recursiveDifference(union(added, modified), trees), paths);
}

describe("createdFields", () => {
  test("finds what the comparison with an empty object finds, in the same order", () => {
    const objects = wellFormed(workloadSchema) as fc.Arbitrary<JsonObject>;
    fc.assert(
      fc.property(objects, (after) => {
        const found = createdFields(workloadSchema, before, after, { trees, paths });
        expect(JSON.stringify(found)).toBe(JSON.stringify(compared(after)));
      }),
      { numRuns: 1000 },
    );
  });

  test("finds nothing in an object that is empty", () => {
    expect(createdFields(workloadSchema, before, before, { trees: EMPTY_SET, paths: EMPTY_SET })).toEqual({});
  });
});
