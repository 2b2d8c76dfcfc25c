import { expect, test } from "bun:test";
import type { IntOrString } from "./generated/meta-v1.ts";
import { resolveIntOrPercent } from "./int-or-percent.ts";

test.each<[value: IntOrString, total: number, up: number, down: number]>([
  [123, 100, 123, 123],
  ["90%", 100, 90, 90],
  ["90%", 95, 86, 85],
  ["1%", 10, 1, 0],
  ["200%", 3, 6, 6],
  ["0%", 3, 0, 0],
])("%p of %i is %i rounded up and %i rounded down", (value, total, up, down) => {
  expect(resolveIntOrPercent(value, total, "up")).toBe(up);
  expect(resolveIntOrPercent(value, total, "down")).toBe(down);
});

test.each([
  ["10", "invalid value for IntOrString: invalid type: string is not a percentage"],
  ["x%", 'invalid value for IntOrString: invalid value "x%": strconv.Atoi: parsing "x": invalid syntax'],
])("%p is refused", (value, message) => {
  expect(() => resolveIntOrPercent(value, 10, "up")).toThrow(message);
});
