import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Pod } from "#api/generated/core-v1.ts";
import { resourceOf } from "#api/resource.ts";
import { describePlan } from "#testing/actions.ts";
import { filledCaches } from "#testing/filled-caches.ts";
import { aConditionedNode, NODE_TEST_NOW, secondsAgo } from "#testing/nodes.ts";
import { aPod } from "#testing/objects.ts";
import { PlanModel } from "#testing/plan-model.ts";
import { planFinishedPods } from "./finished-pods.ts";
import { planStrayPod, podGarbageCollectorController, type StrayPodView } from "./pod-garbage-collector.ts";

interface Options {
  readonly node?: string;
  readonly phase?: "Pending" | "Running" | "Succeeded" | "Failed";
  readonly ageSeconds?: number;
  readonly isGoing?: boolean;
}

function strayPod({ node, phase = "Running", ageSeconds = 1000, isGoing = false }: Options = {}): Pod {
  return aPod("p", {
    generation: 3,
    creationTimestamp: secondsAgo(ageSeconds),
    ...(isGoing && { deletionTimestamp: secondsAgo(1) }),
    spec: node === undefined ? {} : { nodeName: node },
    status: { phase },
  });
}

function aView(pod: Pod, more: Partial<StrayPodView> = {}): StrayPodView {
  return { pod, node: undefined, nodeGoneAt: undefined, now: NODE_TEST_NOW, ...more };
}

const lost = aConditionedNode("n", { conditions: ["Ready=Unknown"], taints: ["out-of-service:NoExecute"] });
const failed = 'patch Pod p status {metadata:{},status:{phase:"Failed",observedGeneration:3}}';
const orphaned =
  'patch Pod p status {metadata:{},status:{phase:"Failed",observedGeneration:3,conditions:[{type:"DisruptionTarget",status:"True",reason:"DeletionByPodGC",message:"PodGC: node no longer exists",observedGeneration:3,lastTransitionTime:"2026-01-01T01:00:00Z"}]}}';

describe("planStrayPod", () => {
  const cases: { name: string; view: StrayPodView; want: string[] }[] = [
    {
      name: "leaves a pod on its node",
      view: aView(strayPod({ node: "n" }), { node: aConditionedNode("n") }),
      want: [],
    },
    { name: "leaves a pod that waits for a node", view: aView(strayPod({ phase: "Pending" })), want: [] },
    {
      name: "removes a pod that goes and never had a node",
      view: aView(strayPod({ phase: "Pending", isGoing: true })),
      want: [failed, "delete Pod p"],
    },
    {
      name: "removes a pod whose node is gone",
      view: aView(strayPod({ node: "n" }), { nodeGoneAt: new Date(secondsAgo(40)) }),
      want: [orphaned, "delete Pod p"],
    },
    {
      name: "removes a finished pod whose node is gone",
      view: aView(strayPod({ node: "n", phase: "Succeeded" })),
      want: ["delete Pod p"],
    },
    {
      name: "waits for a node that has just gone",
      view: aView(strayPod({ node: "n" }), { nodeGoneAt: new Date(secondsAgo(10)) }),
      want: ["requeue 30000ms"],
    },
    {
      name: "waits for a node that was never there while the pod is new",
      view: aView(strayPod({ node: "n", ageSeconds: 5 })),
      want: ["requeue 35000ms"],
    },
    {
      name: "removes a pod that goes from a node that is out of service",
      view: aView(strayPod({ node: "n", isGoing: true }), { node: lost }),
      want: [failed, "delete Pod p"],
    },
    { name: "leaves a pod that stays on it", view: aView(strayPod({ node: "n" }), { node: lost }), want: [] },
    {
      name: "leaves a pod that goes from a node that is ready all the same",
      view: aView(strayPod({ node: "n", isGoing: true }), {
        node: aConditionedNode("n", { taints: ["out-of-service:NoExecute"] }),
      }),
      want: [],
    },
  ];
  test.each(cases)("$name", ({ view, want }) => {
    expect(describePlan(planStrayPod(view))).toEqual(want);
  });

  test("asks the server before it gives pods of a node up", () => {
    const { actions } = planStrayPod(aView(strayPod({ node: "n" })));
    const requires = [{ type: "absent", target: { kind: "Node", namespace: "", name: "n" } }];
    expect(actions).toMatchObject([
      { type: "patch", subresource: "status", requires },
      { type: "delete", gracePeriodSeconds: 0, requires },
    ]);
  });

  test("laws: pure and stable, and no pod goes whose node is there and in service", () => {
    const world = fc.record({
      phase: fc.constantFrom("Pending" as const, "Running" as const, "Succeeded" as const, "Failed" as const),
      isPlaced: fc.boolean(),
      isGoing: fc.boolean(),
      ageSeconds: fc.constantFrom(0, 39, 40, 100),
      goneSeconds: fc.option(fc.constantFrom(0, 39, 40, 100), { nil: undefined }),
      node: fc.constantFrom(undefined, lost, aConditionedNode("n")),
    });
    fc.assert(
      fc.property(world, ({ phase, isPlaced, isGoing, ageSeconds, goneSeconds, node }) => {
        const pod = strayPod({ phase, isGoing, ageSeconds, ...(isPlaced && { node: "n" }) });
        const nodeGoneAt = goneSeconds === undefined ? undefined : new Date(secondsAgo(goneSeconds));
        const view = aView(pod, { node: isPlaced ? node : undefined, nodeGoneAt });
        const plan = planStrayPod(view);
        expect(planStrayPod(view)).toEqual(plan);
        const isServed = isPlaced ? node !== undefined && (node !== lost || !isGoing) : !isGoing;
        if (isServed) expect(plan).toEqual({ actions: [] });
        const model = new PlanModel([pod]);
        model.apply(plan);
        expect(model.of("Pod").length === 0).toBe(plan.actions.length > 0);
      }),
    );
  });
});

describe("observe", () => {
  const ref = { kind: "Pod", namespace: "default", name: "p" };
  const node = aConditionedNode("n");

  test("knows since when the node is gone", () => {
    const caches = filledCaches(podGarbageCollectorController, [strayPod({ node: "n" })]);
    caches.note(resourceOf("Node"), { type: "added", object: node }, 1000);
    caches.note(resourceOf("Node"), { type: "deleted", object: node }, 5000);
    const view = podGarbageCollectorController.observe(ref, caches, NODE_TEST_NOW);
    expect(view).toMatchObject({ node: undefined, nodeGoneAt: new Date(5000) });
  });

  test("finds the node, and nothing for pods that are gone", () => {
    const caches = filledCaches(podGarbageCollectorController, [strayPod({ node: "n" }), node]);
    expect(podGarbageCollectorController.observe(ref, caches, NODE_TEST_NOW)?.node).toBe(node);
    expect(
      podGarbageCollectorController.observe({ ...ref, name: "q" }, caches, NODE_TEST_NOW),
    ).toBeUndefined();
  });
});

describe("planFinishedPods", () => {
  const finishedPod = (name: string, ageSeconds: number, reason?: string): Pod =>
    aPod(name, {
      creationTimestamp: secondsAgo(ageSeconds),
      status: { phase: "Failed", ...(reason !== undefined && { reason }) },
    });
  const plan = (finished: readonly Pod[]) =>
    describePlan(planFinishedPods({ finished, threshold: 2, now: NODE_TEST_NOW }));

  test("keeps as many as it should", () => {
    expect(plan([finishedPod("a", 1), finishedPod("b", 2)])).toEqual([]);
  });

  test("removes evicted ones, then the oldest", () => {
    const pods = [
      finishedPod("a", 1),
      finishedPod("b", 3),
      finishedPod("c", 2),
      finishedPod("d", 0, "Evicted"),
    ];
    expect(plan(pods)).toEqual(["delete Pod d", "delete Pod b"]);
  });

  test("counts those that are going already", () => {
    const going = aPod("b", { deletionTimestamp: secondsAgo(1), status: { phase: "Succeeded" } });
    expect(plan([finishedPod("a", 1), finishedPod("c", 2), going])).toEqual([]);
  });
});
