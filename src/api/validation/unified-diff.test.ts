import { expect, test } from "bun:test";
import { unifiedDiff } from "./unified-diff.ts";

test("shows a changed field with its surroundings", () => {
  const before = { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8, i: 9 };
  expect(unifiedDiff(before, { ...before, e: 50 })).toBe(
    '@@ -3,7 +3,7 @@\n  "b": 2,\n  "c": 3,\n  "d": 4,\n- "e": 5,\n+ "e": 50,\n  "f": 6,\n  "g": 7,\n  "h": 8,\n',
  );
});

test("shows changes that are far apart in hunks of their own", () => {
  const before = { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8, i: 9 };
  expect(unifiedDiff(before, { ...before, a: 0, i: 0 })).toBe(
    '@@ -1,5 +1,5 @@\n {\n- "a": 1,\n+ "a": 0,\n  "b": 2,\n  "c": 3,\n  "d": 4,\n@@ -7,5 +7,5 @@\n  "f": 6,\n  "g": 7,\n  "h": 8,\n- "i": 9\n+ "i": 0\n }\n',
  );
});

test("shows added and removed lines", () => {
  expect(unifiedDiff(["a"], ["b", "a"])).toBe('@@ -1,3 +1,4 @@\n [\n+ "b",\n  "a"\n ]\n');
  expect(unifiedDiff(["b", "a"], ["a"])).toBe('@@ -1,4 +1,3 @@\n [\n- "b",\n  "a"\n ]\n');
});

test("is empty for equal values", () => {
  expect(unifiedDiff({ a: [1] }, { a: [1] })).toBe("");
});

test("shows a huge difference as a whole", () => {
  const list = (from: number) => Array.from({ length: 2500 }, (_, index) => from + index);
  const diff = unifiedDiff(list(0), list(10_000));
  expect(diff).toStartWith("@@ -1,2502 +1,2502 @@\n [\n- 0,\n- 1,\n");
  expect(diff).toEndWith("+ 12499\n ]\n");
});
