import { afterEach, beforeEach, expect, test } from "bun:test";
import { aScheduledCluster, type ScheduledCluster } from "./scheduled-cluster.ts";

let world: ScheduledCluster;
beforeEach(async () => {
  world = await aScheduledCluster();
});
afterEach(() => world[Symbol.asyncDispose]());

test("a pod is bound to a node and an event says so", async () => {
  await world.addNode("node-1");
  await world.addPod("a");
  await world.settle();
  expect(await world.placements()).toEqual({ a: "node-1" });
  expect(await world.eventTexts("a")).toEqual([
    "Normal Scheduled: Successfully assigned default/a to node-1",
  ]);
});

test("a pod waits, with its reason, until a node can take it", async () => {
  await world.addPod("a");
  await world.settle();
  expect(await world.eventTexts("a")).toEqual([
    "Warning FailedScheduling: no nodes available to schedule pods",
  ]);
  await world.addNode("node-1", { allocatable: { cpu: "1" } });
  await world.settle();
  await world.addPod("b", { cpu: "2" });
  await world.settle();
  expect(await world.placements()).toEqual({ a: "node-1", b: "" });
  const { status } = await world.pod("b");
  expect(status?.conditions).toMatchObject([
    {
      type: "PodScheduled",
      status: "False",
      reason: "Unschedulable",
      message: expect.stringMatching(/^0\/1 nodes are available: 1 Insufficient cpu\./),
    },
  ]);
});
