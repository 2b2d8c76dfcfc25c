import { describe, expect, test } from "bun:test";
import { findCondition, isConditionTrue, removeCondition, setCondition } from "./conditions.ts";
import type { Condition } from "./generated/meta-v1.ts";

const OLD = "2026-01-01T00:00:00Z";
const NOW = "2026-01-02T00:00:00Z";

function ready(status: string, overrides: Partial<Condition> = {}): Condition {
  return { type: "Ready", status, reason: "R", message: "", lastTransitionTime: OLD, ...overrides };
}

describe("setCondition", () => {
  const cases: { name: string; before: Condition[]; next: Condition; want: Condition[] }[] = [
    {
      name: "adds a new one with the present time",
      before: [],
      next: ready("True", { lastTransitionTime: null }),
      want: [ready("True", { lastTransitionTime: NOW })],
    },
    { name: "keeps a given time of a new one", before: [], next: ready("True"), want: [ready("True")] },
    {
      name: "keeps the time when only the reason changes",
      before: [ready("True")],
      next: ready("True", { reason: "Other", lastTransitionTime: NOW }),
      want: [ready("True", { reason: "Other" })],
    },
    {
      name: "moves the time when the status changes",
      before: [ready("True"), ready("True", { type: "Other" })],
      next: ready("False", { lastTransitionTime: null }),
      want: [ready("False", { lastTransitionTime: NOW }), ready("True", { type: "Other" })],
    },
  ];

  test.each(cases)("$name", ({ before, next, want }) => {
    expect(setCondition(before, next, NOW)).toEqual(want);
  });

  test("returns the same list when nothing changes", () => {
    const before = [ready("True")];
    expect(setCondition(before, ready("True", { lastTransitionTime: null }), NOW)).toBe(before);
  });
});

test("conditions are found, tested and removed by type", () => {
  const conditions = [ready("True"), ready("Unknown", { type: "Other" })];
  expect(findCondition(conditions, "Ready")).toBe(conditions[0] as Condition);
  expect(isConditionTrue(conditions, "Ready")).toBe(true);
  expect(isConditionTrue(conditions, "Other")).toBe(false);
  expect(isConditionTrue(undefined, "Ready")).toBe(false);
  expect(removeCondition(conditions, "Other")).toEqual([ready("True")]);
  expect(removeCondition(conditions, "None")).toBe(conditions);
});
