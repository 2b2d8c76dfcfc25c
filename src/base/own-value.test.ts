import { expect, test } from "bun:test";
import { ownValue } from "./own-value.ts";

test("only the keys of the map itself count", () => {
  expect(ownValue({ a: 1 }, "a")).toBe(1);
  expect(ownValue({ a: 1 }, "b")).toBeUndefined();
  expect(ownValue({}, "constructor")).toBeUndefined();
  expect(ownValue({ constructor: 1 }, "constructor")).toBe(1);
  expect(ownValue(undefined, "a")).toBeUndefined();
  expect(ownValue(null, "a")).toBeUndefined();
});
