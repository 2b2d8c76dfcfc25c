import { expect, test } from "bun:test";
import { semanticallyEqual } from "./equality.ts";

test.each<{ a: unknown; b: unknown; equal: boolean }>([
  { a: undefined, b: null, equal: true },
  { a: undefined, b: [], equal: true },
  { a: {}, b: null, equal: true },
  { a: { a: [] }, b: { b: {} }, equal: true },
  { a: { a: 1, b: { c: [1, { d: "x" }] } }, b: { b: { c: [1, { d: "x" }] }, a: 1 }, equal: true },
  { a: 0, b: undefined, equal: false },
  { a: "", b: undefined, equal: false },
  { a: [1, 2], b: [2, 1], equal: false },
  { a: [1], b: { 0: 1 }, equal: false },
  { a: { a: 1 }, b: { a: 1, b: 2 }, equal: false },
])("$a and $b", ({ a, b, equal }) => {
  expect(semanticallyEqual(a, b)).toBe(equal);
  expect(semanticallyEqual(b, a)).toBe(equal);
});

test("keys that objects inherit are keys like others", () => {
  expect(semanticallyEqual({}, { constructor: "x" })).toBe(false);
  expect(semanticallyEqual({ constructor: "x" }, {})).toBe(false);
  expect(semanticallyEqual({ constructor: "x" }, { constructor: "x" })).toBe(true);
});
