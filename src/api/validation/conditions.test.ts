import { expect, test } from "bun:test";
import { errorTexts } from "#testing/kinds.ts";
import { validateConditions } from "./conditions.ts";

const NAME_PART =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

const ready = {
  type: "Ready",
  status: "True",
  reason: "AllGood",
  message: "",
  lastTransitionTime: "2026-01-01T00:00:00Z",
};

test("validateConditions wants each type once, with a reason and a time", () => {
  expect(validateConditions([ready, { ...ready, type: "example.com/Live" }], "c")).toEqual([]);
  expect(
    errorTexts(
      validateConditions(
        [
          ready,
          { ...ready, status: "Yes", observedGeneration: -1 },
          { type: "", status: "", reason: "", message: "x".repeat(32 * 1024 + 1), lastTransitionTime: null },
          { ...ready, type: "Long", reason: "x".repeat(1025) },
        ],
        "c",
      ),
    ),
  ).toEqual([
    'c[1].type: Duplicate value: "Ready"',
    'c[1].status: Unsupported value: "Yes": supported values: "False", "True", "Unknown"',
    "c[1].observedGeneration: Invalid value: -1: must be greater than or equal to zero",
    'c[2].type: Invalid value: "": name part must be non-empty',
    `c[2].type: Invalid value: "": ${NAME_PART}`,
    'c[2].status: Unsupported value: "": supported values: "False", "True", "Unknown"',
    "c[2].lastTransitionTime: Required value",
    "c[2].reason: Required value",
    "c[2].message: Too long: may not be more than 32768 bytes",
    "c[3].reason: Too long: may not be more than 1024 bytes",
  ]);
});
