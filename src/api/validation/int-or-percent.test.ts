import { expect, test } from "bun:test";
import { errorTexts } from "#testing/kinds.ts";
import { isZeroIntOrPercent, validateAtMost100Percent, validateIntOrPercent } from "./int-or-percent.ts";

test.each<{ value: number | string; want: string[] }>([
  { value: 0, want: [] },
  { value: "25%", want: [] },
  { value: -1, want: ["p: Invalid value: -1: must be greater than or equal to 0"] },
  {
    value: "25",
    want: [
      `p: Invalid value: "25": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')`,
    ],
  },
  { value: "101%", want: ['p: Invalid value: "101%": must not be greater than 100%'] },
  { value: 101, want: [] },
])("$value", ({ value, want }) => {
  expect(errorTexts([...validateIntOrPercent(value, "p"), ...validateAtMost100Percent(value, "p")])).toEqual(
    want,
  );
});

test.each<[number | string, boolean]>([
  [0, true],
  ["0%", true],
  ["x", true],
  ["7", false],
  ["1%", false],
  [1, false],
])("isZeroIntOrPercent(%j) is %p", (value, want) => {
  expect(isZeroIntOrPercent(value)).toBe(want);
});
