/** Important pods take the place of others. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { findCondition } from "#apimachinery/conditions.ts";
import { aScheduledCluster, type PodOptions, type ScheduledCluster } from "./scheduled-cluster.ts";

let world: ScheduledCluster;
beforeEach(async () => {
  world = await aScheduledCluster();
  for (const [name, value] of Object.entries({ low: 10, middle: 500, high: 1000 })) {
    await world.client.create("PriorityClass", {
      apiVersion: "scheduling.k8s.io/v1",
      kind: "PriorityClass",
      metadata: { name },
      value,
    });
  }
  await world.client.create("PriorityClass", {
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name: "patient" },
    value: 1000,
    preemptionPolicy: "Never",
  });
  await world.addNode("n", { allocatable: { cpu: "2" } });
});
afterEach(() => world[Symbol.asyncDispose]());

const add = (name: string, priorityClassName: string, options: PodOptions = {}): Promise<unknown> =>
  world.addPod(name, { cpu: "2", ...options, spec: { priorityClassName, ...options.spec } });

/** What the kubelet does once the containers of a deleted pod have stopped. */
const finishDeletion = (name: string): Promise<void> =>
  world.client.delete("Pod", { namespace: "default", name }, { gracePeriodSeconds: 0 });

test("an important pod waits for its victim to stop, and is bound then", async () => {
  await add("victim", "low");
  await world.settle();
  await add("vip", "high");
  await world.settle();
  const victim = await world.pod("victim");
  expect(victim.metadata.deletionGracePeriodSeconds).toBe(30);
  expect(findCondition(victim.status?.conditions, "DisruptionTarget")).toMatchObject({
    status: "True",
    reason: "PreemptionByScheduler",
    message: "default-scheduler: preempting to accommodate a higher priority pod",
  });
  const vip = await world.pod("vip");
  expect(vip.status?.nominatedNodeName).toBe("n");
  expect(await world.whyWaiting("vip")).toBe("0/1 nodes are available: 1 Insufficient cpu.");
  expect(await world.eventTexts("victim")).toContain(
    `Normal Preempted: Preempted by pod ${vip.metadata.uid} on node n`,
  );
  await finishDeletion("victim");
  await world.settle();
  expect(await world.placements()).toEqual({ vip: "n" });
});

test("nobody takes the room that was promised, unless he is more important", async () => {
  await add("victim", "low");
  await world.settle();
  await add("vip", "middle");
  await world.settle();
  await add("latecomer", "middle");
  await world.settle();
  await finishDeletion("victim");
  await world.settle();
  expect(await world.placements()).toEqual({ vip: "n", latecomer: "" });
});

test("a more important pod takes over the promised room", async () => {
  await add("victim", "low");
  await world.settle();
  await add("vip", "middle");
  await world.settle();
  await add("king", "high");
  await world.settle();
  expect((await world.pod("vip")).status?.nominatedNodeName).toBeUndefined();
  await finishDeletion("victim");
  await world.settle();
  expect(await world.placements()).toEqual({ king: "n", vip: "" });
});

test("a promise outlives the scheduler that made it", async () => {
  await add("victim", "low");
  await world.settle();
  await add("vip", "high");
  await world.settle();
  await world.restartScheduler();
  await add("latecomer", "low");
  await finishDeletion("victim");
  await world.settle();
  expect(await world.placements()).toEqual({ vip: "n", latecomer: "" });
});

test("room that was promised to a deleted pod is free for others", async () => {
  await add("victim", "low");
  await world.settle();
  await add("vip", "high");
  await world.settle();
  await add("other", "low", { cpu: "1" });
  await finishDeletion("vip");
  await finishDeletion("victim");
  await world.settle();
  expect(await world.placements()).toEqual({ other: "n" });
});

test("a pod that must not take others away waits", async () => {
  await add("other", "low");
  await world.settle();
  await add("patient", "patient");
  await world.settle();
  expect(await world.placements()).toEqual({ other: "n", patient: "" });
  expect(await world.whyWaiting("patient")).toBe(
    "0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never.",
  );
});

test("important pods are bound before those that came first", async () => {
  await add("holder", "high");
  await world.settle();
  await add("first", "low", { cpu: "1" });
  await add("second", "middle");
  await world.settle();
  await finishDeletion("holder");
  await world.settle();
  expect(await world.placements()).toEqual({ first: "", second: "n" });
});
