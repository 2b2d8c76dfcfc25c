import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf } from "#testing/kinds.ts";
import type { PodDisruptionBudget, PodDisruptionBudgetSpec } from "../../generated/policy-v1.ts";
import { podDisruptionBudget } from "./poddisruptionbudget.ts";

function aBudget(spec: PodDisruptionBudgetSpec): PodDisruptionBudget {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: "web", namespace: "default", uid: "u" },
    spec,
  };
}

describe("podDisruptionBudget.validate", () => {
  test.each<{ spec: PodDisruptionBudgetSpec; want: string[] }>([
    { spec: { minAvailable: 1 }, want: [] },
    { spec: { maxUnavailable: "25%", unhealthyPodEvictionPolicy: "AlwaysAllow" }, want: [] },
    {
      spec: { minAvailable: 1, maxUnavailable: 1 },
      want: [
        'spec: Invalid value: {"MinAvailable":1,"Selector":null,"MaxUnavailable":1,"UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set',
      ],
    },
    {
      spec: { minAvailable: "101%" },
      want: ['spec.minAvailable: Invalid value: "101%": must not be greater than 100%'],
    },
    {
      spec: { maxUnavailable: -1 },
      want: ["spec.maxUnavailable: Invalid value: -1: must be greater than or equal to 0"],
    },
    {
      spec: { unhealthyPodEvictionPolicy: "Never" as "AlwaysAllow" },
      want: [
        'spec.unhealthyPodEvictionPolicy: Unsupported value: "Never": supported values: "AlwaysAllow", "IfHealthyBudget"',
      ],
    },
  ])("judges $spec", ({ spec, want }) => {
    expect(errorTexts(podDisruptionBudget.validate?.(aBudget(spec)))).toEqual(want);
  });

  test("an update tolerates bad label values that were stored before", () => {
    const stored = aBudget({ selector: { matchExpressions: [{ key: "a", operator: "In", values: ["-"] }] } });
    expect(podDisruptionBudget.validate?.(stored)).toHaveLength(1);
    expect(podDisruptionBudget.validateUpdate?.(stored, stored)).toEqual([]);
  });
});

test("status counts are not negative", () => {
  const status = { disruptionsAllowed: -1, currentHealthy: 0, desiredHealthy: -2, expectedPods: 0 };
  const object = { ...aBudget({}), status };
  expect(errorTexts(podDisruptionBudget.validateStatusUpdate?.(object, object))).toEqual([
    "status.disruptionsAllowed: Invalid value: -1: must be greater than or equal to 0",
    "status.desiredHealthy: Invalid value: -2: must be greater than or equal to 0",
  ]);
});

test("the table shows what may be disrupted", () => {
  expect(rowOf(podDisruptionBudget, aBudget({ minAvailable: "50%" }))).toEqual({
    Name: "web",
    "Min Available": "50%",
    "Max Unavailable": "N/A",
    "Allowed Disruptions": 0,
    Age: "<unknown>",
  });
});
