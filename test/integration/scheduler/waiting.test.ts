/** Pods that fit nowhere, and the changes of the cluster that have them bound at once. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { PodSpec } from "#api/generated/core-v1.ts";
import {
  aScheduledCluster,
  type NodeOptions,
  type PodOptions,
  type ScheduledCluster,
} from "./scheduled-cluster.ts";

let world: ScheduledCluster;
beforeEach(async () => {
  world = await aScheduledCluster();
});
afterEach(() => world[Symbol.asyncDispose]());

const NOT_HELPFUL = "preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.";
const NO_VICTIMS = "preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.";

const near = (app: string) => ({
  requiredDuringSchedulingIgnoredDuringExecution: [
    { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { app } } },
  ],
});
const withPort = (): Partial<PodSpec> => ({
  containers: [{ name: "app", image: "app:1", ports: [{ containerPort: 80, hostPort: 8080 }] }],
});

interface Case {
  readonly name: string;
  readonly node?: NodeOptions;
  /** A pod that is there before. */
  readonly other?: PodOptions;
  readonly pod: PodOptions;
  readonly why: string;
  readonly help: () => Promise<unknown>;
}

const cases: readonly Case[] = [
  {
    name: "the node becomes larger",
    node: { allocatable: { cpu: "1" } },
    pod: { cpu: "2" },
    why: `0/1 nodes are available: 1 Insufficient cpu. ${NOT_HELPFUL}`,
    help: () =>
      world.changeNode("n", (node) => ({
        ...node,
        status: { ...node.status, allocatable: { ...node.status?.allocatable, cpu: "2" } },
      })),
  },
  {
    name: "another pod is deleted",
    node: { allocatable: { cpu: "2" } },
    other: { cpu: "2" },
    pod: { cpu: "1" },
    why: `0/1 nodes are available: 1 Insufficient cpu. ${NO_VICTIMS}`,
    help: () =>
      world.client.delete("Pod", { namespace: "default", name: "other" }, { gracePeriodSeconds: 0 }),
  },
  {
    name: "another pod completes",
    node: { allocatable: { cpu: "2" } },
    other: { cpu: "2" },
    pod: { cpu: "1" },
    why: `0/1 nodes are available: 1 Insufficient cpu. ${NO_VICTIMS}`,
    help: async () =>
      world.client.updateStatus("Pod", { ...(await world.pod("other")), status: { phase: "Succeeded" } }),
  },
  {
    name: "the node is opened again",
    node: { spec: { unschedulable: true } },
    pod: {},
    why: `0/1 nodes are available: 1 node(s) were unschedulable. ${NOT_HELPFUL}`,
    help: () => world.changeNode("n", (node) => ({ ...node, spec: { ...node.spec, unschedulable: false } })),
  },
  {
    name: "the taint is removed",
    node: { spec: { taints: [{ key: "a", value: "b", effect: "NoSchedule" }] } },
    pod: {},
    why: `0/1 nodes are available: 1 node(s) had untolerated taint(s). ${NOT_HELPFUL}`,
    help: () => world.changeNode("n", (node) => ({ ...node, spec: { ...node.spec, taints: [] } })),
  },
  {
    name: "the pod is given a toleration",
    node: { spec: { taints: [{ key: "a", value: "b", effect: "NoSchedule" }] } },
    pod: {},
    why: `0/1 nodes are available: 1 node(s) had untolerated taint(s). ${NOT_HELPFUL}`,
    help: () =>
      world.client.patch(
        "Pod",
        { namespace: "default", name: "a" },
        {
          type: "json",
          document: [{ op: "add", path: "/spec/tolerations/-", value: { key: "a", operator: "Exists" } }],
        },
      ),
  },
  {
    name: "the node is labelled as the selector wants",
    pod: { spec: { nodeSelector: { disk: "ssd" } } },
    why: `0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. ${NOT_HELPFUL}`,
    help: () =>
      world.changeNode("n", (node) => ({
        ...node,
        metadata: { ...node.metadata, labels: { ...node.metadata.labels, disk: "ssd" } },
      })),
  },
  {
    name: "the host port is free again",
    other: { spec: withPort() },
    pod: { spec: withPort() },
    why: `0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports. ${NO_VICTIMS}`,
    help: () =>
      world.client.delete("Pod", { namespace: "default", name: "other" }, { gracePeriodSeconds: 0 }),
  },
  {
    name: "the pod comes that it wants to be near",
    pod: { spec: { affinity: { podAffinity: near("db") } } },
    why: `0/1 nodes are available: 1 node(s) didn't match pod affinity rules. ${NOT_HELPFUL}`,
    help: () => world.addPod("db", { labels: { app: "db" } }),
  },
  {
    name: "the pod goes that it avoids",
    other: { labels: { app: "noisy" } },
    pod: { spec: { affinity: { podAntiAffinity: near("noisy") } } },
    why: `0/1 nodes are available: 1 node(s) didn't match pod anti-affinity rules. ${NO_VICTIMS}`,
    help: () =>
      world.client.delete("Pod", { namespace: "default", name: "other" }, { gracePeriodSeconds: 0 }),
  },
  {
    name: "the pod goes that avoids it",
    other: { spec: { affinity: { podAntiAffinity: near("noisy") } } },
    pod: { labels: { app: "noisy" } },
    why: `0/1 nodes are available: 1 node(s) didn't satisfy existing pods anti-affinity rules. ${NO_VICTIMS}`,
    help: () =>
      world.client.delete("Pod", { namespace: "default", name: "other" }, { gracePeriodSeconds: 0 }),
  },
  {
    name: "the pod that it avoids is no longer what it avoids",
    other: { labels: { app: "noisy" } },
    pod: { spec: { affinity: { podAntiAffinity: near("noisy") } } },
    why: `0/1 nodes are available: 1 node(s) didn't match pod anti-affinity rules. ${NO_VICTIMS}`,
    help: () =>
      world.client.patch(
        "Pod",
        { namespace: "default", name: "other" },
        { type: "merge", document: { metadata: { labels: { app: "quiet" } } } },
      ),
  },
];

describe("a pod that waits is bound at once when", () => {
  test.each(cases)("$name", async ({ node, other, pod, why, help }) => {
    await world.addNode("n", node);
    if (other !== undefined) await world.addPod("other", other);
    await world.settle();
    await world.addPod("a", pod);
    await world.settle();
    expect(await world.whyWaiting("a")).toBe(why);
    expect(await world.eventTexts("a")).toEqual([`Warning FailedScheduling: ${why}`]);
    await help();
    await world.settle();
    expect(await world.placements()).toMatchObject({ a: "n" });
    const { status } = await world.pod("a");
    expect(status?.conditions).toMatchObject([{ type: "PodScheduled", status: "True" }]);
  });
});

describe("scheduling gates", () => {
  const gated = { schedulingGates: [{ name: "example.com/one" }, { name: "example.com/two" }] };
  const remove = (index: number): Promise<unknown> =>
    world.client.patch(
      "Pod",
      { namespace: "default", name: "a" },
      { type: "json", document: [{ op: "remove", path: `/spec/schedulingGates/${String(index)}` }] },
    );

  test("keep a pod from being tried until the last is removed", async () => {
    await world.addNode("n");
    await world.addPod("a", { spec: gated });
    await world.settle();
    const { status } = await world.pod("a");
    expect(status?.conditions).toMatchObject([
      {
        type: "PodScheduled",
        status: "False",
        reason: "SchedulingGated",
        message: "Scheduling is blocked due to non-empty scheduling gates",
      },
    ]);
    expect(await world.eventTexts("a")).toEqual([]);
    await remove(0);
    await world.settle();
    expect(await world.placements()).toEqual({ a: "" });
    await remove(0);
    await world.settle();
    expect(await world.placements()).toEqual({ a: "n" });
  });
});

test("every kind of obstacle is counted in one message", async () => {
  await world.addNode("small", { allocatable: { cpu: "1", memory: "1Gi" } });
  await world.addNode("tainted", { spec: { taints: [{ key: "a", value: "b", effect: "NoSchedule" }] } });
  await world.addNode("cordoned", { spec: { unschedulable: true } });
  await world.addNode("full", { allocatable: { pods: "0" }, labels: { disk: "ssd" } });
  await world.addNode("other", { labels: { disk: "hdd" } });
  await world.addPod("a", {
    cpu: "2",
    spec: {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: "disk", operator: "NotIn", values: ["hdd"] }] }],
          },
        },
      },
    },
  });
  await world.settle();
  expect(await world.whyWaiting("a")).toBe(
    "0/5 nodes are available: 1 Insufficient cpu, 1 Too many pods, 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable. " +
      "preemption: 0/5 nodes are available: 1 No preemption victims found for incoming pod, 4 Preemption is not helpful for scheduling.",
  );
});

test("a pod of another scheduler is left alone", async () => {
  await world.addNode("n");
  await world.addPod("a", { spec: { schedulerName: "theirs" } });
  await world.settle();
  expect(await world.placements()).toEqual({ a: "" });
  expect(await world.eventTexts("a")).toEqual([]);
});

test("a pod that names its node is not scheduled, and takes its room", async () => {
  await world.addNode("n", { allocatable: { cpu: "2" } });
  await world.addPod("static", { cpu: "2", spec: { nodeName: "n" } });
  await world.addPod("a", { cpu: "1" });
  await world.settle();
  expect(await world.placements()).toEqual({ static: "n", a: "" });
  expect(await world.eventTexts("static")).toEqual([]);
});

test("a pod is tried again after five minutes when nothing has happened", async () => {
  await world.addPod("a");
  await world.settle();
  await world.cluster.advance(331_000);
  expect(await world.events("a")).toMatchObject([{ reason: "FailedScheduling", count: 2 }]);
});
