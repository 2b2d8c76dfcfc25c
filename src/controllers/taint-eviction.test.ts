import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Pod, Toleration } from "#api/generated/core-v1.ts";
import { describePlan } from "#testing/actions.ts";
import { filledCaches } from "#testing/filled-caches.ts";
import { aConditionedNode, NODE_TEST_NOW, secondsAgo } from "#testing/nodes.ts";
import { aPod } from "#testing/objects.ts";
import { PlanModel } from "#testing/plan-model.ts";
import { planTaintEviction, type TaintEvictionView, taintEvictionController } from "./taint-eviction.ts";

const forSeconds = (tolerationSeconds: number, key = "a"): Toleration => ({
  key: `node.kubernetes.io/${key}`,
  operator: "Exists",
  effect: "NoExecute",
  tolerationSeconds,
});

interface Options {
  /** As `aConditionedNode` takes them. */
  readonly taints: readonly string[];
  readonly tolerations?: readonly Toleration[];
  readonly podAgeSeconds?: number;
  readonly isGoing?: boolean;
}

function aView({
  taints,
  tolerations = [],
  podAgeSeconds = 1000,
  isGoing = false,
}: Options): TaintEvictionView {
  const pod = aPod("p", {
    generation: 2,
    creationTimestamp: secondsAgo(podAgeSeconds),
    ...(isGoing && { deletionTimestamp: secondsAgo(1) }),
    spec: { nodeName: "n", tolerations },
    status: { phase: "Running" },
  });
  const { spec } = aConditionedNode("n", { taints });
  return { pod, taints: spec.taints ?? [], taintedAt: new Date(secondsAgo(20)), now: NODE_TEST_NOW };
}

const EVICTION = [
  "event Normal TaintManagerEviction: Marking for deletion Pod default/p",
  "status Pod p phase=Running qosClass=BestEffort DisruptionTarget=True(DeletionByTaintManager)",
  "delete Pod p",
];

describe("planTaintEviction", () => {
  const cases: { name: string; view: TaintEvictionView; want: string[] }[] = [
    { name: "leaves pods on clean nodes", view: aView({ taints: [] }), want: [] },
    {
      name: "deletes what does not tolerate the taint",
      view: aView({ taints: ["a:NoExecute"] }),
      want: EVICTION,
    },
    {
      name: "deletes what tolerates only one of two",
      view: aView({ taints: ["a:NoExecute", "b:NoExecute"], tolerations: [forSeconds(60)] }),
      want: EVICTION,
    },
    {
      name: "leaves what tolerates everything",
      view: aView({ taints: ["a:NoExecute"], tolerations: [{ operator: "Exists" }] }),
      want: [],
    },
    {
      name: "waits while the taint is tolerated",
      view: aView({ taints: ["a:NoExecute@10"], tolerations: [forSeconds(60)] }),
      want: ["requeue 50000ms"],
    },
    {
      name: "counts from when it saw a taint that does not say",
      view: aView({ taints: ["a:NoExecute"], tolerations: [forSeconds(60)] }),
      want: ["requeue 40000ms"],
    },
    {
      name: "counts from the creation of a pod that came later",
      view: aView({ taints: ["a:NoExecute@100"], tolerations: [forSeconds(60)], podAgeSeconds: 1 }),
      want: ["requeue 59000ms"],
    },
    {
      name: "takes the shortest time",
      view: aView({
        taints: ["a:NoExecute@10", "b:NoExecute@10"],
        tolerations: [forSeconds(300), { ...forSeconds(60), key: "" }, forSeconds(40, "b")],
      }),
      want: ["requeue 30000ms"],
    },
    {
      name: "deletes when the time is over",
      view: aView({ taints: ["a:NoExecute@60"], tolerations: [forSeconds(60)] }),
      want: EVICTION,
    },
    {
      name: "tolerates for no time at all",
      view: aView({ taints: ["a:NoExecute@0"], tolerations: [forSeconds(-5)], podAgeSeconds: 0 }),
      want: EVICTION,
    },
    { name: "leaves what is going", view: aView({ taints: ["a:NoExecute"], isGoing: true }), want: [] },
  ];
  test.each(cases)("$name", ({ view, want }) => {
    expect(describePlan(planTaintEviction(view))).toEqual(want);
  });

  test("says why", () => {
    expect(planTaintEviction(aView({ taints: ["a:NoExecute"] })).actions[1]).toMatchObject({
      object: {
        status: {
          conditions: [
            {
              message: "Taint manager: deleting due to NoExecute taint",
              lastTransitionTime: secondsAgo(0),
              observedGeneration: 2,
            },
          ],
        },
      },
    });
  });
});

test("observe sees the taints NoExecute of the pod's node, and nothing of a node that is not there", () => {
  const { pod } = aView({ taints: [] });
  const node = aConditionedNode("n", { taints: ["a:NoExecute", "b:NoSchedule"] });
  const observe = (objects: (typeof node | Pod)[]) =>
    taintEvictionController.observe(
      { kind: "Pod", namespace: "default", name: "p" },
      filledCaches(taintEvictionController, objects),
      NODE_TEST_NOW,
    );
  expect(observe([pod, node])?.taints.map(({ key }) => key)).toEqual(["node.kubernetes.io/a"]);
  expect(observe([pod])).toBeUndefined();
  expect(observe([node])).toBeUndefined();
});

test("laws: pure and stable, and nothing is deleted that tolerates every taint for longer", () => {
  const seconds = fc.option(fc.integer({ min: -1, max: 100 }));
  const toleration = fc.record({ key: fc.constantFrom("a", "b", ""), seconds });
  const taint = fc.record({ key: fc.constantFrom("a", "b"), age: fc.nat(100) });
  const world = fc.record({
    taints: fc.uniqueArray(taint, { maxLength: 2, selector: ({ key }) => key }),
    tolerations: fc.array(toleration, { maxLength: 3 }),
  });
  fc.assert(
    fc.property(world, ({ taints, tolerations }) => {
      const view = aView({
        taints: taints.map(({ key, age }) => `${key}:NoExecute@${String(age)}`),
        tolerations: tolerations.map((each) => ({
          operator: "Exists",
          ...(each.key !== "" && { key: `node.kubernetes.io/${each.key}` }),
          ...(each.seconds !== null && { tolerationSeconds: each.seconds }),
        })),
      });
      const plan = planTaintEviction(view);
      expect(planTaintEviction(view)).toEqual(plan);
      const isTolerated = taints.every(({ key, age }) => {
        const matching = tolerations.filter((each) => each.key === key || each.key === "");
        return matching.length > 0 && matching.every((each) => (each.seconds ?? Infinity) > age);
      });
      expect(plan.actions.length === 0).toBe(isTolerated);
      const model = new PlanModel([view.pod]);
      model.apply(plan);
      expect(model.of("Pod")).toHaveLength(isTolerated ? 1 : 0);
    }),
  );
});
