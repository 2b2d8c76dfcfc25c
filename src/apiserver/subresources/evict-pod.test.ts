import { describe, expect, test } from "bun:test";
import type { PodStatus } from "#api/generated/core-v1.ts";
import type {
  PodDisruptionBudget,
  PodDisruptionBudgetSpec,
  PodDisruptionBudgetStatus,
} from "#api/generated/policy-v1.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import { aPod } from "#testing/objects.ts";
import { budgetsOf, canComeBack, canIgnoreBudgets, mayEvictUnready, spendDisruption } from "./evict-pod.ts";

const NOW = "2026-01-01T00:00:00Z";

function aBudget(
  status: Partial<PodDisruptionBudgetStatus>,
  spec: PodDisruptionBudgetSpec = {},
): PodDisruptionBudget {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: "budget", namespace: "default", uid: "b", generation: 2 },
    spec: { selector: { matchLabels: { app: "web" } }, ...spec },
    status: {
      observedGeneration: 2,
      currentHealthy: 3,
      desiredHealthy: 2,
      disruptionsAllowed: 1,
      expectedPods: 3,
      ...status,
    },
  };
}

test.each<[PodStatus["phase"], boolean, boolean, boolean]>([
  ["Running", false, false, true],
  ["Pending", false, true, true],
  ["Succeeded", false, true, false],
  ["Failed", false, true, false],
  ["Running", true, true, false],
])("a pod that is %s, being deleted: %p", (phase = "Running", isDeleted, mayIgnore, mayComeBack) => {
  const pod = aPod("a", { status: { phase }, ...(isDeleted && { deletionTimestamp: NOW }) });
  expect(canIgnoreBudgets(pod)).toBe(mayIgnore);
  expect(canComeBack(pod)).toBe(mayComeBack);
});

describe("budgetsOf", () => {
  const pod = aPod("a", { labels: { app: "web" } });

  test.each<[string, PodDisruptionBudgetSpec, number]>([
    ["that selects the pod", {}, 1],
    ["that selects others", { selector: { matchLabels: { app: "db" } } }, 0],
    ["that selects everything", { selector: {} }, 1],
    [
      "whose selector makes no sense",
      { selector: { matchExpressions: [{ key: "a", operator: "Near" as never }] } },
      0,
    ],
  ])("a budget %s", (_what, spec, count) => {
    expect(budgetsOf(pod, [aBudget({}, spec)])).toHaveLength(count);
  });

  test("a budget without a selector", () => {
    const { selector: _, ...spec } = aBudget({}).spec;
    expect(budgetsOf(pod, [{ ...aBudget({}), spec }])).toEqual([]);
  });
});

describe("mayEvictUnready", () => {
  const pod = (ready: "True" | "False") =>
    aPod("a", {
      status: { phase: "Running", conditions: [{ type: "Ready", status: ready, lastTransitionTime: null }] },
    });
  const always = { unhealthyPodEvictionPolicy: "AlwaysAllow" } as const;

  test.each([
    ["a ready pod", "True" as const, aBudget({}, always), false],
    ["an unready pod while others are healthy", "False" as const, aBudget({}), true],
    ["an unready pod while too few are healthy", "False" as const, aBudget({ currentHealthy: 1 }), false],
    ["an unready pod that may always go", "False" as const, aBudget({ currentHealthy: 1 }, always), true],
    ["an unready pod where none need be healthy", "False" as const, aBudget({ desiredHealthy: 0 }), false],
  ])("%s", (_what, ready, budget, expected) => {
    expect(mayEvictUnready(pod(ready), budget)).toBe(expected);
  });
});

describe("spendDisruption", () => {
  const spend = (status: Partial<PodDisruptionBudgetStatus>) => spendDisruption(aBudget(status), "pod", NOW);

  /** The cause that is given for a refusal. */
  function causeOf(status: Partial<PodDisruptionBudgetStatus>): string | undefined {
    const result = spend(status);
    if (!(result instanceof StatusError)) throw new TypeError("Expected a refusal");
    return result.status.details?.causes?.[0]?.message ?? result.message;
  }

  test("takes one of the disruptions and notes the pod", () => {
    expect(spend({ disruptionsAllowed: 2, disruptedPods: { other: NOW } })).toMatchObject({
      status: { disruptionsAllowed: 1, disruptedPods: { other: NOW, pod: NOW } },
    });
  });

  test("says when it has taken the last one", () => {
    expect(spend({})).toMatchObject({
      status: {
        disruptionsAllowed: 0,
        conditions: [{ type: "DisruptionAllowed", status: "False", reason: "InsufficientPods" }],
      },
    });
  });

  const condition = (reason: string, message: string) => ({
    disruptionsAllowed: 0,
    conditions: [
      { type: "DisruptionAllowed", status: "False" as const, reason, message, lastTransitionTime: NOW },
    ],
  });

  test.each<[Partial<PodDisruptionBudgetStatus>, string]>([
    [{ observedGeneration: 1 }, "The disruption budget budget is still being processed by the server."],
    [
      { disruptionsAllowed: -1 },
      'poddisruptionbudget.policy "budget" is forbidden: pdb disruptions allowed is negative',
    ],
    [
      { disruptedPods: Object.fromEntries(Array.from({ length: 2001 }, (_, index) => [String(index), NOW])) },
      'poddisruptionbudget.policy "budget" is forbidden: DisruptedPods map too big - too many evictions not confirmed by PDB controller',
    ],
    [
      { disruptionsAllowed: 0, currentHealthy: 2 },
      "The disruption budget budget needs 2 healthy pods and has 2 currently",
    ],
    [{ disruptionsAllowed: 0 }, "The disruption budget budget does not allow evicting pods currently"],
    [
      condition("SyncFailed", "no controller"),
      "The disruption budget budget does not allow evicting pods currently because it failed sync: no controller",
    ],
    [
      condition("Other", "it rains"),
      "The disruption budget budget does not allow evicting pods currently (Other): it rains",
    ],
  ])("with %j", (status, cause) => {
    expect(causeOf(status)).toBe(cause);
  });
});
