import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf } from "#testing/kinds.ts";
import { aPodTemplate, aReplicaSet } from "#testing/workloads.ts";
import type { ReplicaSet, ReplicaSetSpec, ReplicaSetStatus } from "../../generated/apps-v1.ts";
import { replicaSet } from "./replicaset.ts";

function defaulted(spec: Partial<ReplicaSetSpec> = {}): ReplicaSet {
  const object = aReplicaSet("web", { spec });
  return replicaSet.setDefaults?.(object) ?? object;
}

describe("replicaSet.validate", () => {
  test.each<{ name: string; object: ReplicaSet; want: string[] }>([
    { name: "the defaults", object: defaulted(), want: [] },
    {
      name: "negative numbers and an empty selector",
      object: defaulted({ replicas: -1, minReadySeconds: -1, selector: {} }),
      want: [
        "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
        "spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0",
        "spec.selector: Invalid value: {}: empty selector is invalid for deployment",
      ],
    },
    {
      name: "pods that end",
      object: defaulted({ template: aPodTemplate({ restartPolicy: "Never" }) }),
      want: ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
    },
  ])("judges $name", ({ object, want }) => {
    expect(errorTexts(replicaSet.validate?.(object))).toEqual(want);
  });

  test("refuses a spec without a template in words, not by failing", () => {
    const { template: _, ...spec } = aReplicaSet("web").spec;
    const object = { ...aReplicaSet("web"), spec };
    expect(errorTexts(replicaSet.validate?.(replicaSet.setDefaults?.(object) ?? object))).toEqual([
      "spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`",
      "spec.template.spec.containers: Required value",
    ]);
  });
});

test("the selector cannot be changed", () => {
  const next = defaulted({ selector: { matchExpressions: [{ key: "app", operator: "Exists" }] } });
  expect(errorTexts(replicaSet.validateUpdate?.(next, defaulted()))).toEqual([
    'spec.selector: Invalid value: {"matchExpressions":[{"key":"app","operator":"Exists"}]}: field is immutable',
  ]);
});

test.each<{ status: ReplicaSetStatus; want: string[] }>([
  { status: { replicas: 2, readyReplicas: 1, availableReplicas: 1, fullyLabeledReplicas: 2 }, want: [] },
  {
    status: { replicas: 1, fullyLabeledReplicas: 2, readyReplicas: 0, availableReplicas: 1 },
    want: [
      "status.fullyLabeledReplicas: Invalid value: 2: cannot be greater than status.replicas",
      "status.availableReplicas: Invalid value: 1: cannot be greater than readyReplicas",
    ],
  },
])("validateStatusUpdate judges $status", ({ status, want }) => {
  const object = aReplicaSet("web", { status });
  expect(errorTexts(replicaSet.validateStatusUpdate?.(object, object))).toEqual(want);
});

test("one replica is the default", () => {
  const { replicas: _, ...spec } = aReplicaSet("web").spec;
  expect(replicaSet.setDefaults?.({ ...aReplicaSet("web"), spec }).spec.replicas).toBe(1);
});

test("field selectors know the replicas", () => {
  const read = replicaSet.selectableFields?.["status.replicas"];
  expect(read?.(aReplicaSet("web", { status: { replicas: 4 } }))).toBe("4");
  expect(read?.(aReplicaSet("web"))).toBe("0");
});

test("the table compares wanted and present pods", () => {
  const object = aReplicaSet("web", { spec: { replicas: 3 }, status: { replicas: 2, readyReplicas: 1 } });
  expect(rowOf(replicaSet, object)).toMatchObject({ Desired: 3, Current: 2, Ready: 1, Selector: "app=web" });
});
