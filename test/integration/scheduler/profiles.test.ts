/** Schedulers of other plugins than the default ones. */
import { afterEach, expect, test } from "bun:test";
import { defaultProfile } from "#scheduler/default-profile.ts";
import { definePlugin, type Plugin } from "#scheduler/framework/plugin.ts";
import type { Profile } from "#scheduler/framework/profile.ts";
import { SKIP, unschedulable } from "#scheduler/framework/status.ts";
import { aScheduledCluster, type ScheduledCluster } from "./scheduled-cluster.ts";

let world: ScheduledCluster;
afterEach(() => world[Symbol.asyncDispose]());

/** The default profile, with one plugin before all others. */
function profileWith(plugin: Plugin, schedulerName = defaultProfile.schedulerName): Profile {
  return { schedulerName, plugins: [{ plugin }, ...defaultProfile.plugins] };
}

async function start(...profiles: readonly Profile[]): Promise<void> {
  world = await aScheduledCluster({ scheduler: { profiles } });
  await world.addNode("n");
}

test("each profile schedules the pods that name it, and speaks in its own name", async () => {
  const picky = definePlugin({ name: "Picky", filter: () => unschedulable("node(s) were not good enough") });
  await start(defaultProfile, profileWith(picky, "picky"));
  await world.addPod("a");
  await world.addPod("b", { spec: { schedulerName: "picky" } });
  await world.settle();
  expect(await world.placements()).toEqual({ a: "n", b: "" });
  expect(await world.whyWaiting("b")).toStartWith(
    "0/1 nodes are available: 1 node(s) were not good enough. preemption: ",
  );
  const [event] = await world.events("b");
  expect(event?.source).toEqual({ component: "picky" });
});

test("a plugin that fails costs the pod this attempt, and nobody else anything", async () => {
  let isBroken = true;
  const fragile = definePlugin({
    name: "Fragile",
    filter: (_state, { pod }) => {
      if (isBroken && pod.metadata.name === "a") throw new TypeError("broken");
      return undefined;
    },
  });
  await start(profileWith(fragile));
  await world.addPod("a");
  await world.addPod("b");
  await world.settle();
  expect(await world.placements()).toEqual({ a: "", b: "n" });
  expect(await world.eventTexts("a")).toEqual(["Warning FailedScheduling: broken"]);
  expect((await world.pod("a")).status?.conditions).toMatchObject([
    { type: "PodScheduled", status: "False", reason: "SchedulerError", message: "broken" },
  ]);
  isBroken = false;
  await world.cluster.advance(3000);
  expect(await world.placements()).toMatchObject({ a: "n" });
});

test("a pod whose room cannot be reserved gives it back", async () => {
  const calls: string[] = [];
  const reserving = definePlugin({
    name: "Reserving",
    reserve: ({ pod }) => {
      calls.push(`reserve ${pod.metadata.name}`);
      return pod.metadata.name === "a" ? unschedulable("no volume left") : undefined;
    },
    unreserve: ({ pod }) => calls.push(`unreserve ${pod.metadata.name}`),
  });
  await start(profileWith(reserving));
  await world.addPod("a", { cpu: "4" });
  await world.settle();
  await world.addPod("b", { cpu: "4" });
  await world.settle();
  expect(await world.placements()).toEqual({ a: "", b: "n" });
  expect(await world.eventTexts("a")).toEqual([
    "Warning FailedScheduling: 0/1 nodes are available: 1 no volume left.",
  ]);
  expect(calls).toEqual(["reserve a", "unreserve a", "reserve b"]);
});

test("what must be there before a pod is bound is waited for, and named when it fails", async () => {
  let isReady = false;
  const preparing = definePlugin({
    name: "Preparing",
    preBind: () => (isReady ? Promise.resolve() : Promise.reject(new Error("the disk is not attached"))),
  });
  await start(profileWith(preparing));
  await world.addPod("a");
  await world.settle();
  expect(await world.eventTexts("a")).toEqual([
    'Warning FailedScheduling: running PreBind plugin "Preparing": the disk is not attached',
  ]);
  isReady = true;
  await world.cluster.advance(3000);
  expect(await world.placements()).toEqual({ a: "n" });
});

test("a plugin may leave binding to the next one", async () => {
  const asked: string[] = [];
  const shy = definePlugin({
    name: "Shy",
    bind: ({ pod }) => {
      asked.push(pod.metadata.name);
      return Promise.resolve(SKIP);
    },
  });
  await start(profileWith(shy));
  await world.addPod("a");
  await world.settle();
  expect(asked).toEqual(["a"]);
  expect(await world.placements()).toEqual({ a: "n" });
});

test("a pod that is being deleted is not scheduled", async () => {
  await start(defaultProfile);
  await world.changeNode("n", (node) => ({ ...node, spec: { unschedulable: true } }));
  await world.client.create("Pod", {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace: "default", name: "a", finalizers: ["example.com/hold"] },
    spec: { containers: [{ name: "app", image: "app:1" }] },
  });
  await world.settle();
  await world.client.delete("Pod", { namespace: "default", name: "a" });
  await world.changeNode("n", (node) => ({ ...node, spec: {} }));
  await world.settle();
  expect(await world.placements()).toEqual({ a: "" });
  expect(await world.eventTexts("a")).toContain(
    "Warning FailedScheduling: skip schedule deleting pod: default/a",
  );
});
