import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { applyMergePatch } from "./merge-patch.ts";

describe("applyMergePatch", () => {
  // The object cases of RFC 7386, appendix A.
  const cases: [document: unknown, patch: unknown, want: object][] = [
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    [{}, { a: [{ b: null, c: [null] }] }, { a: [{ c: [null] }] }],
    [{}, { a: [[{ b: null }]] }, { a: [[{}]] }],
    [{ a: { b: 1 } }, { a: [{ c: null }] }, { a: [{ c: null }] }],
    [{ a: [1] }, { a: [{ c: null }] }, { a: [{}] }],
  ];

  test.each(cases)("%# %j %j", (document, patch, want) => {
    const before = JSON.stringify([document, patch]);
    expect(applyMergePatch(document, patch)).toEqual(want as never);
    expect(JSON.stringify([document, patch])).toBe(before);
  });

  test.each([[null], [[1]], ["text"], [5]])("%j is no patch", (patch) => {
    expect(() => applyMergePatch({}, patch)).toThrow("Invalid JSON Patch");
  });

  test("a list that takes the place of an object keeps its nulls until it is patched once more", () => {
    const once = applyMergePatch({ a: {} }, { a: [{ b: null }] });
    expect(once).toEqual({ a: [{ b: null }] });
    expect(applyMergePatch(once, { a: [{ b: null }] })).toEqual({ a: [{}] });
  });

  test("applying a patch a third time changes nothing more", () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(
      fc.property(object, object, (document, patch) => {
        const twice = applyMergePatch(applyMergePatch(document, patch), patch);
        expect(applyMergePatch(twice, patch)).toEqual(twice);
      }),
    );
  });
});
