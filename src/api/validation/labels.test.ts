import { expect, test } from "bun:test";
import { formatFieldError } from "#apimachinery/field-error.ts";
import type { LabelSelector } from "#apimachinery/generated/meta-v1.ts";
import { validateLabelSelector } from "./labels.ts";

const cases: { name: string; selector: LabelSelector | undefined; want: string[] }[] = [
  { name: "absent", selector: undefined, want: [] },
  { name: "labels", selector: { matchLabels: { app: "web" } }, want: [] },
  {
    name: "In without values",
    selector: { matchExpressions: [{ key: "app", operator: "In" }] },
    want: [
      "selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
    ],
  },
  {
    name: "Exists with values",
    selector: { matchExpressions: [{ key: "app", operator: "Exists", values: ["a"] }] },
    want: [
      "selector.matchExpressions[0].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
    ],
  },
  {
    name: "an unknown operator",
    selector: { matchExpressions: [{ key: "app", operator: "Near" }] },
    want: ['selector.matchExpressions[0].operator: Invalid value: "Near": not a valid selector operator'],
  },
  {
    name: "a bad value",
    selector: { matchExpressions: [{ key: "app", operator: "In", values: ["ok", "a b"] }] },
    want: [
      expect.stringMatching(
        /^selector\.matchExpressions\[0\]\.values\[1\]: Invalid value: "a b": a valid label must be/,
      ) as unknown as string,
    ],
  },
];

test.each(cases)("a selector with $name", ({ selector, want }) => {
  expect(validateLabelSelector(selector, "selector").map(formatFieldError)).toEqual(want);
});
