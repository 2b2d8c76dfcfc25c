import { afterEach, beforeEach, expect, test } from "bun:test";
import { aScheduledCluster, type ScheduledCluster } from "./scheduled-cluster.ts";

let world: ScheduledCluster;
beforeEach(async () => {
  world = await aScheduledCluster();
});
afterEach(() => world[Symbol.asyncDispose]());

test("a pod is bound to a node", async () => {
  await world.addNode("node-1");
  await world.addPod("a");
  await world.settle();
  expect(await world.placements()).toEqual({ a: "node-1" });
  console.log(JSON.stringify(await world.pod("a"), null, 1), await world.events("a"));
});
test("a pod without node", async () => {
  await world.addPod("a");
  await world.settle();
  console.log(JSON.stringify((await world.pod("a")).status, null, 1), await world.eventTexts("a"));
  await world.addNode("node-1", {allocatable: {cpu: "1"}});
  await world.settle();
  await world.addPod("b", {cpu: "2"});
  await world.settle();
  console.log(await world.placements());
  console.log(JSON.stringify((await world.pod("b")).status, null, 1), await world.eventTexts("b"));
});
