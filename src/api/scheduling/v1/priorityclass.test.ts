import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf } from "#testing/kinds.ts";
import type { PriorityClass } from "../../generated/scheduling-v1.ts";
import { priorityClass } from "./priorityclass.ts";

function aPriorityClass(name: string, value: number, fields: Partial<PriorityClass> = {}): PriorityClass {
  return {
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name, uid: "u" },
    value,
    ...fields,
  };
}

describe("priorityClass.validate", () => {
  const cases: { name: string; object: PriorityClass; want: string[] }[] = [
    { name: "the highest user value", object: aPriorityClass("high", 1_000_000_000), want: [] },
    {
      name: "a value above it",
      object: aPriorityClass("higher", 1_000_000_001),
      want: ["value: Forbidden: maximum allowed value of a user defined priority is 1000000000"],
    },
    { name: "a negative value", object: aPriorityClass("low", -5, { preemptionPolicy: "Never" }), want: [] },
    { name: "a system class", object: aPriorityClass("system-node-critical", 2_000_001_000), want: [] },
    {
      name: "a system class with another value",
      object: aPriorityClass("system-cluster-critical", 1),
      want: [
        "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: value of system-cluster-critical PriorityClass must be 2000000000",
      ],
    },
    {
      name: "a system class as the default",
      object: aPriorityClass("system-cluster-critical", 2_000_000_000, { globalDefault: true }),
      want: [
        "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: globalDefault of system-cluster-critical PriorityClass must be false",
      ],
    },
    {
      name: "an unknown system class",
      object: aPriorityClass("system-x", 1),
      want: [
        "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-x is not a known system priority class",
      ],
    },
    {
      name: "an unknown preemption policy",
      object: aPriorityClass("a", 1, {
        preemptionPolicy: "Sometimes" as NonNullable<PriorityClass["preemptionPolicy"]>,
      }),
      want: [
        'preemptionPolicy: Unsupported value: "Sometimes": supported values: "PreemptLowerPriority", "Never"',
      ],
    },
  ];

  test.each(cases)("judges $name", ({ object, want }) => {
    expect(errorTexts(priorityClass.validate?.(object))).toEqual(want);
  });
});

test("value and preemption policy never change", () => {
  const previous = aPriorityClass("a", 1, { preemptionPolicy: "Never" });
  const next = aPriorityClass("a", 2, { preemptionPolicy: "PreemptLowerPriority", description: "new" });
  expect(errorTexts(priorityClass.validateUpdate?.(next, previous))).toEqual([
    "value: Forbidden: may not be changed in an update.",
    'preemptionPolicy: Invalid value: "PreemptLowerPriority": field is immutable',
  ]);
  expect(priorityClass.validateUpdate?.({ ...previous, description: "new" }, previous)).toEqual([]);
});

test("preemption is the default", () => {
  expect(priorityClass.setDefaults?.(aPriorityClass("a", 1)).preemptionPolicy).toBe("PreemptLowerPriority");
});

test("the table shows the value and the policy", () => {
  expect(rowOf(priorityClass, aPriorityClass("a", 7, { preemptionPolicy: "Never" }))).toEqual({
    Name: "a",
    Value: 7,
    "Global-Default": false,
    Age: "<unknown>",
    PreemptionPolicy: "Never",
  });
});
