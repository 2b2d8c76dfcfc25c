import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { valuesOf } from "#testing/schema-values.ts";
import { workloadSchema } from "#testing/workload-schema.ts";
import { emptyObject } from "../codec/zero.ts";
import { isJsonObject, type JsonObject } from "../json-value.ts";
import { compareTyped } from "./compare.ts";
import { createdFields } from "./created-fields.ts";
import { pathSet } from "./field-manager.ts";
import { difference, EMPTY_SET, type FieldSet, recursiveDifference, union } from "./field-set.ts";

const before = emptyObject(workloadSchema);
const trees = pathSet([["status"], ["spec", "strategy"]]);
const paths = pathSet([["metadata"], ["metadata", "name"], ["metadata", "labels"], ["spec", "selector"]]);

/** What the comparison of any two objects says. */
function compared(after: JsonObject): FieldSet {
  const { added, modified } = compareTyped(workloadSchema, before, after);
  return difference(recursiveDifference(union(added, modified), trees), paths);
}

describe("createdFields", () => {
  test("finds what the comparison with an empty object finds, in the same order", () => {
    const odd = fc.constantFrom<unknown>(null, "", [], {}, 0);
    const objects = valuesOf(workloadSchema, { odd, duplicates: true });
    fc.assert(
      fc.property(objects, (value) => {
        const after = isJsonObject(value) ? value : {};
        const found = createdFields(workloadSchema, before, after, { trees, paths });
        expect(JSON.stringify(found)).toBe(JSON.stringify(compared(after)));
      }),
      { numRuns: 300 },
    );
  });

  test("finds nothing in an object that is empty", () => {
    expect(createdFields(workloadSchema, before, before, { trees: EMPTY_SET, paths: EMPTY_SET })).toEqual({});
  });
});
