import { expect, test } from "bun:test";
import fc from "fast-check";
import { safeEncode } from "./generated-name.ts";
import { canonicalJson, hashObject } from "./hash-object.ts";

test("hashes are FNV-1a in the alphabet of generated names", () => {
  // The digest of the two quotes, worked out by hand: FNV-1a of 0x22 0x22.
  let hash = 0x811c9dc5n;
  for (const byte of [0x22n, 0x22n]) hash = ((hash ^ byte) * 0x01000193n) & 0xffffffffn;
  expect(hashObject("")).toBe(safeEncode(String(hash)));
});

test("the order of fields and absent fields do not matter", () => {
  expect(hashObject({ a: 1, b: { c: 2, d: undefined } })).toBe(hashObject({ b: { c: 2 }, a: 1 }));
  expect(hashObject({ a: [1, 2] })).not.toBe(hashObject({ a: [2, 1] }));
});

test("a collision count changes the hash", () => {
  const hashes = [undefined, 0, 1, 2].map((count) => hashObject({ a: 1 }, count));
  expect(new Set(hashes).size).toBe(4);
});

test("canonicalJson depends on content alone", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
      const shuffled = Object.fromEntries(Object.entries(object).toReversed());
      expect(canonicalJson(shuffled)).toBe(canonicalJson(object));
    }),
  );
});
