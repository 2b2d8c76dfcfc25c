import { expect, test } from "bun:test";
import { deepFreeze } from "./deep-freeze.ts";

test("everything in a value is frozen, and the value comes back", () => {
  const value = { list: [{ a: 1 }], map: { b: null }, text: "x" };
  expect(deepFreeze(value)).toBe(value);
  expect(Object.isFrozen(value.list)).toBe(true);
  expect(() => {
    (value.list[0] as { a: number }).a = 2;
  }).toThrow(TypeError);
});

test("scalars come back as they are", () => {
  expect([1, "a", null, undefined].map(deepFreeze)).toEqual([1, "a", null, undefined]);
});
