import { expect, test } from "bun:test";
import { omit } from "./omit.ts";

test("omit leaves the original alone", () => {
  const object = { a: 1, b: 2, c: undefined };
  expect(omit(object, "a", "c")).toStrictEqual({ b: 2 });
  expect(object).toStrictEqual({ a: 1, b: 2, c: undefined });
});
