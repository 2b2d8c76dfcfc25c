import { expect, test } from "bun:test";
import { roundRequirements, roundResourceList } from "./resource-list-defaults.ts";

test.each([
  ["100n", "1m"],
  ["1u", "1m"],
  ["-1u", "-1m"],
  ["2000001u", "2001m"],
  ["1e-4", "1e-3"],
  ["1.234", "1.234"],
  ["500m", "500m"],
  ["2Gi", "2Gi"],
])("%s is kept as %s", (text, want) => {
  expect(roundResourceList({ cpu: text })).toEqual({ cpu: want });
});

test("amounts that need no rounding are not copied", () => {
  const requirements = { limits: { cpu: "1" }, requests: { cpu: "500m" } };
  expect(roundRequirements(requirements)).toBe(requirements);
  expect(roundRequirements({ ...requirements, limits: { cpu: "1n" } })).toEqual({
    ...requirements,
    limits: { cpu: "1m" },
  });
});
