/** Where pods go that have a choice. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Affinity, TopologySpreadConstraint } from "#api/generated/core-v1.ts";
import { aScheduledCluster, type ScheduledCluster } from "./scheduled-cluster.ts";

let world: ScheduledCluster;
beforeEach(async () => {
  world = await aScheduledCluster();
});
afterEach(() => world[Symbol.asyncDispose]());

/** Thousands of requests take their time on a busy machine. */
const MINUTE_MS = 60_000;

const ZONE = "topology.kubernetes.io/zone";

/** Nodes a1, a2 … of zone a, b1 … of zone b, and so on. */
async function addZones(sizes: Readonly<Record<string, number>>): Promise<void> {
  for (const [zone, size] of Object.entries(sizes)) {
    for (let index = 1; index <= size; index += 1) {
      await world.addNode(`${zone}${String(index)}`, { labels: { [ZONE]: zone } });
    }
  }
}

/** How many pods each node has, or each zone by the first letter of its nodes. */
async function counts(by: "node" | "zone"): Promise<Readonly<Record<string, number>>> {
  const groups = Object.groupBy(Object.values(await world.placements()), (node) =>
    by === "node" ? node : node.slice(0, 1),
  );
  return Object.fromEntries(Object.entries(groups).map(([key, pods]) => [key, pods?.length ?? 0]));
}

const spread = (
  whenUnsatisfiable: TopologySpreadConstraint["whenUnsatisfiable"],
  topologyKey = ZONE,
): TopologySpreadConstraint => ({
  topologyKey,
  maxSkew: 1,
  whenUnsatisfiable,
  labelSelector: { matchLabels: { app: "web" } },
});

describe("pods that are to be spread", () => {
  test.each(["DoNotSchedule", "ScheduleAnyway"] as const)("go to all zones alike: %s", async (how) => {
    await addZones({ a: 3, b: 1, c: 2 });
    for (let index = 0; index < 9; index += 1) {
      await world.addPod(`p${String(index)}`, {
        labels: { app: "web" },
        spec: { topologySpreadConstraints: [spread(how)] },
      });
    }
    await world.settle();
    expect(await counts("zone")).toEqual({ a: 3, b: 3, c: 3 });
  });

  test("wait when they would be spread unevenly", async () => {
    await addZones({ a: 1, b: 1 });
    await world.changeNode("b1", (node) => ({ ...node, spec: { ...node.spec, unschedulable: true } }));
    for (const name of ["p1", "p2"]) {
      await world.addPod(name, {
        labels: { app: "web" },
        spec: { topologySpreadConstraints: [spread("DoNotSchedule")] },
      });
      await world.settle();
    }
    expect(await world.placements()).toEqual({ p1: "a1", p2: "" });
    expect(await world.whyWaiting("p2")).toBe(
      "0/2 nodes are available: 1 node(s) didn't match pod topology spread constraints, 1 node(s) were unschedulable. " +
        "preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling.",
    );
  });
});

describe("affinity", () => {
  const required = (app: string, topologyKey: string) => ({
    requiredDuringSchedulingIgnoredDuringExecution: [
      { topologyKey, labelSelector: { matchLabels: { app } } },
    ],
  });
  const preferredNode = (weight: number, disk: string) => ({
    weight,
    preference: { matchExpressions: [{ key: "disk", operator: "In" as const, values: [disk] }] },
  });
  const addNear = (name: string, app: string, affinity: Affinity): Promise<unknown> =>
    world.addPod(name, { labels: { app }, spec: { affinity } });

  test("puts pods in the zone of those that they need, and a series of them together", async () => {
    await addZones({ a: 2, b: 2 });
    for (const name of ["p1", "p2", "p3"]) {
      await addNear(name, "web", { podAffinity: required("web", ZONE) });
    }
    await world.settle();
    expect(Object.values(await counts("zone"))).toEqual([3]);
  });

  test("keeps pods apart, one for each node, and the next one waits", async () => {
    await addZones({ a: 1, b: 1 });
    for (const name of ["p1", "p2", "p3"]) {
      await addNear(name, "web", { podAntiAffinity: required("web", "kubernetes.io/hostname") });
      await world.settle();
    }
    expect(await counts("node")).toEqual({ a1: 1, b1: 1, "": 1 });
  });

  test("prefers the nodes whose labels weigh more", async () => {
    await world.addNode("n1", { labels: { disk: "hdd" } });
    await world.addNode("n2", { labels: { disk: "ssd" } });
    await world.addNode("n3");
    const nodeAffinity = {
      preferredDuringSchedulingIgnoredDuringExecution: [preferredNode(10, "hdd"), preferredNode(50, "ssd")],
    };
    await world.addPod("a", { spec: { affinity: { nodeAffinity } } });
    await world.settle();
    expect(await world.placements()).toEqual({ a: "n2" });
  });

  test("means only the namespaces that the term selects", async () => {
    await world.client.create("Namespace", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "prod", labels: { stage: "prod" } },
      spec: {},
    });
    await world.client.create("ServiceAccount", {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "default", namespace: "prod" },
    });
    await addZones({ a: 1, b: 1 });
    await world.addPod("here", { labels: { app: "db" }, spec: { nodeSelector: { [ZONE]: "a" } } });
    await world.addPod("there", {
      namespace: "prod",
      labels: { app: "db" },
      spec: { nodeSelector: { [ZONE]: "b" } },
    });
    await world.settle();
    await addNear("a", "web", {
      podAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          {
            topologyKey: ZONE,
            labelSelector: { matchLabels: { app: "db" } },
            namespaceSelector: { matchLabels: { stage: "prod" } },
          },
        ],
      },
    });
    await world.settle();
    expect(await world.placements()).toMatchObject({ here: "a1", there: "b1", a: "b1" });
  });
});

test("a tolerated taint is no obstacle, one that is only disliked is a last resort", async () => {
  await world.addNode("n1", { spec: { taints: [{ key: "gpu", value: "yes", effect: "NoSchedule" }] } });
  await world.addNode("n2", { spec: { taints: [{ key: "slow", effect: "PreferNoSchedule" }] } });
  await world.addPod("a", { spec: { tolerations: [{ key: "gpu", operator: "Exists" }] } });
  await world.addPod("b");
  await world.settle();
  expect(await world.placements()).toEqual({ a: "n1", b: "n2" });
});

test(
  "1,000 pods fill 100 nodes evenly, and no node more than it has",
  async () => {
    for (let index = 0; index < 100; index += 1) {
      await world.addNode(`n${String(index)}`, { allocatable: { cpu: "1" } });
    }
    for (let index = 0; index < 1000; index += 1) await world.addPod(`p${String(index)}`, { cpu: "100m" });
    await world.cluster.eventually(async () => expect((await counts("node"))[""]).toBeUndefined());
    const perNode = await counts("node");
    expect(Object.keys(perNode)).toHaveLength(100);
    expect(new Set(Object.values(perNode))).toEqual(new Set([10]));
    await world.addPod("one-too-many", { cpu: "100m" });
    await world.settle();
    expect(await world.whyWaiting("one-too-many")).toBe(
      "0/100 nodes are available: 100 Insufficient cpu. preemption: 0/100 nodes are available: 100 No preemption victims found for incoming pod.",
    );
  },
  MINUTE_MS,
);
