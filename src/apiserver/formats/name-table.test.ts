import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { NameTable } from "./name-table.ts";

function indexIn(names: readonly string[], wanted: string): number {
  const text = Buffer.from(`{"${wanted}":1}`);
  return new NameTable(names).indexOf(text, 2, text.length - 4);
}

describe("NameTable", () => {
  test("finds each of its names, and no other", () => {
    const names = fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 60 });
    fc.assert(
      fc.property(names, fc.string(), (known, wanted) => {
        for (const [index, name] of known.entries()) expect(indexIn(known, name)).toBe(index);
        expect(indexIn(known, wanted)).toBe(known.indexOf(wanted));
      }),
    );
  });

  test.each([
    // All of them have the same hash.
    [["a-b-c", "aXb-c", "a-bXc"], "aXb-c", 1],
    [["a-b-c", "aXb-c", "a-bXc"], "aYb-c", -1],
    [[], "a", -1],
  ])("in %p %p is number %d", (names, wanted, index) => {
    expect(indexIn(names, wanted)).toBe(index);
  });
});
