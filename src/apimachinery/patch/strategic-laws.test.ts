import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createPatch } from "#testing/create-patch.ts";
import { mergeItem } from "#testing/patch-cases.ts";
import type { JsonObject } from "../json-value.ts";
import { applyStrategicMergePatch } from "./strategic-merge-patch.ts";

const letters = ["a", "b", "c"];
const numbers = fc.uniqueArray(fc.constantFrom(1, 2, 3, 4), { minLength: 1 });
const texts = fc.constantFrom("x", "y");

const item = itemOf(2);

/** Values of `mergeItem`. Lists are not empty: patches that order elements of empty lists are refused. */
function itemOf(depth: number): fc.Arbitrary<JsonObject> {
  const flat = {
    value: texts,
    other: texts,
    mergingIntList: numbers,
    nonMergingIntList: numbers,
    simpleMap: fc.dictionary(fc.constantFrom(...letters), texts, { minKeys: 1 }),
    replacingItem: fc.dictionary(fc.constantFrom(...letters), texts, { minKeys: 1 }),
  };
  if (depth === 0) return fc.record(flat, { requiredKeys: [] });
  const elements = elementsOf(depth - 1);
  const deep = {
    mergeItemPtr: itemOf(depth - 1),
    mergingList: elements,
    nonMergingList: elements,
    retainKeysMergingList: elements,
    retainKeysMap: retainedOf(elements),
  };
  return fc.record({ ...flat, ...deep }, { requiredKeys: [] });
}

function retainedOf(mergingList: fc.Arbitrary<readonly JsonObject[]>): fc.Arbitrary<JsonObject> {
  const fields = { name: texts, value: texts, other: texts, mergingIntList: numbers, mergingList };
  return fc.record(fields, { requiredKeys: ["name"] });
}

function elementsOf(depth: number): fc.Arbitrary<readonly JsonObject[]> {
  const element = fc.tuple(fc.constantFrom(...letters), itemOf(depth));
  return fc.uniqueArray(
    element.map(([name, rest]) => ({ ...rest, name })),
    { minLength: 1, maxLength: 3, selector: ({ name }) => name },
  );
}

describe("a strategic merge patch", () => {
  test("that was made of two objects makes the second of the first", () => {
    fc.assert(
      fc.property(item, item, (original, modified) => {
        const patch = createPatch(original, modified, mergeItem);
        expect(applyStrategicMergePatch(original, patch, mergeItem)).toEqual(modified);
      }),
    );
  });

  test("changes nothing the second time", () => {
    fc.assert(
      fc.property(item, item, (original, modified) => {
        const patch = createPatch(original, modified, mergeItem);
        expect(applyStrategicMergePatch(modified, patch, mergeItem)).toEqual(modified);
      }),
    );
  });

  test("leaves document and patch as they are", () => {
    fc.assert(
      fc.property(item, item, (live, modified) => {
        const patch = createPatch({}, modified, mergeItem);
        const before = JSON.stringify([live, patch]);
        applyStrategicMergePatch(live, patch, mergeItem);
        expect(JSON.stringify([live, patch])).toBe(before);
      }),
    );
  });
});
