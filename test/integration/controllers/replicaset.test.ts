/** How a ReplicaSet gets, keeps and gives up its pods. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { ReplicaSet } from "#api/generated/apps-v1.ts";
import type { Pod, PodSpec } from "#api/generated/core-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import { replicaSetController } from "#controllers/replicaset/replicaset.ts";
import { serviceAccountController } from "#controllers/serviceaccount.ts";
import { aCluster, type TestCluster } from "#testing/cluster.ts";
import { modelKubelet } from "#testing/model-kubelet.ts";

const WEB = { namespace: "default", name: "web" } as const;
const LABELS = { app: "web" };

let cluster: TestCluster;
/** Pods that are never ready, by name. */
const unready = new Set<string>();
beforeEach(async () => {
  unready.clear();
  const kubelet = modelKubelet({ isReady: ({ metadata }) => !unready.has(metadata.name) });
  cluster = await aCluster({ controllers: [replicaSetController, serviceAccountController, kubelet] });
});
afterEach(() => cluster[Symbol.asyncDispose]());

const container = { name: "web", image: "web:1" };

function aReplicaSet(replicas: number, spec: Partial<PodSpec> = {}): NewObject<ReplicaSet> {
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: WEB,
    spec: {
      replicas,
      selector: { matchLabels: LABELS },
      template: { metadata: { labels: LABELS }, spec: { containers: [container], ...spec } },
    },
  };
}

function aPod(
  name: string,
  metadata: Partial<Pod["metadata"]> = {},
  spec: Partial<PodSpec> = {},
): NewObject<Pod> {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace: "default", name, labels: LABELS, ...metadata },
    spec: { containers: [container], ...spec },
  };
}

async function pods(): Promise<readonly Pod[]> {
  return (await cluster.client.list("Pod", { namespace: "default" })).items;
}

async function names(): Promise<readonly string[]> {
  return (await pods()).map(({ metadata }) => metadata.name).toSorted();
}

const replicaSet = (): Promise<ReplicaSet> => cluster.client.get("ReplicaSet", WEB);

async function scaleTo(replicas: number): Promise<void> {
  await cluster.client.patch("ReplicaSet", WEB, {
    type: "merge",
    document: { spec: { replicas } },
    subresource: "scale",
  });
  await cluster.eventually(async () => expect((await replicaSet()).status?.replicas).toBe(replicas));
}

async function events(): Promise<readonly string[]> {
  await cluster.advance(2000);
  const { items } = await cluster.client.list("Event", { namespace: "default" });
  return items
    .filter(({ involvedObject }) => involvedObject.kind === "ReplicaSet")
    .map(({ type, reason, message }) => `${String(type)} ${String(reason)} ${String(message)}`);
}

describe("scaled down, a ReplicaSet first gives up", () => {
  const cost = (value: string) => ({
    annotations: { "controller.kubernetes.io/pod-deletion-cost": value },
  });
  /** Pods that somebody made before, which the ReplicaSet takes over. */
  const cases: { name: string; pods: NewObject<Pod>[]; unready?: string; first: string }[] = [
    { name: "a cheap pod", pods: [aPod("a", cost("10")), aPod("b", cost("-5")), aPod("c")], first: "b" },
    {
      name: "a pod that is not ready, even if it is dear",
      pods: [aPod("a", cost("-5")), aPod("b", cost("100")), aPod("c")],
      unready: "b",
      first: "b",
    },
    {
      name: "a cheap pod of those that are equally ready",
      pods: [aPod("a", cost("3")), aPod("b", cost("2")), aPod("c", cost("1"))],
      first: "c",
    },
  ];

  test.each(cases)("$name", async ({ pods: given, unready: name, first }) => {
    if (name !== undefined) unready.add(name);
    for (const pod of given) await cluster.client.create("Pod", pod);
    await cluster.client.create("ReplicaSet", aReplicaSet(3));
    await cluster.settle();
    expect(await names()).toEqual(["a", "b", "c"]);
    await scaleTo(2);
    expect(await names()).toEqual(["a", "b", "c"].filter((each) => each !== first));
    expect(await events()).toEqual([`Normal SuccessfulDelete Deleted pod: ${first}`]);
  });
});

test("a pod that changes its labels is let go and replaced, and is taken back", async () => {
  await cluster.client.create("ReplicaSet", aReplicaSet(1));
  await cluster.settle();
  const [name = ""] = await names();
  const relabel = (app: string): Promise<unknown> =>
    cluster.client.patch(
      "Pod",
      { namespace: "default", name },
      { type: "merge", document: { metadata: { labels: { app } } } },
    );
  await relabel("debug");
  await cluster.settle();
  const free = await cluster.client.get("Pod", { namespace: "default", name });
  expect(free.metadata.ownerReferences ?? []).toEqual([]);
  expect(await names()).toHaveLength(2);
  await relabel("web");
  await cluster.settle();
  expect(await names()).toHaveLength(1);
});

test("a pod of somebody else is left alone", async () => {
  const owner = { apiVersion: "v1", kind: "ConfigMap", name: "x", uid: "x", controller: true };
  await cluster.client.create("Pod", aPod("theirs", { ownerReferences: [owner] }));
  await cluster.client.create("ReplicaSet", aReplicaSet(1));
  await cluster.settle();
  expect(await names()).toHaveLength(2);
  await scaleTo(0);
  expect(await names()).toEqual(["theirs"]);
});

test("a pod that has ended is replaced", async () => {
  await cluster.client.create("ReplicaSet", aReplicaSet(1));
  await cluster.settle();
  const [pod] = await pods();
  if (pod === undefined) throw new Error("There is no pod");
  await cluster.client.updateStatus("Pod", { ...pod, status: { ...pod.status, phase: "Failed" } });
  await cluster.settle();
  const phases = (await pods()).map(({ status }) => status?.phase ?? "").toSorted();
  expect(phases).toEqual(["Failed", "Running"]);
  expect((await replicaSet()).status).toMatchObject({ replicas: 1, readyReplicas: 1 });
});

describe("pods that cannot be created", () => {
  test("are said in an event and in the condition, until they can", async () => {
    await cluster.client.create("ReplicaSet", aReplicaSet(2, { priorityClassName: "urgent" }));
    await cluster.advance(1000);
    const { status } = await replicaSet();
    const message = /^pods "web-\w*" is forbidden: no PriorityClass with name urgent was found$/;
    expect(status?.conditions).toMatchObject([
      {
        type: "ReplicaFailure",
        status: "True",
        reason: "FailedCreate",
        message: expect.stringMatching(message) as string,
      },
    ]);
    expect((await events())[0]).toMatch(
      /^Warning FailedCreate Error creating: pods "web-\w*" is forbidden: no PriorityClass with name urgent was found$/,
    );
    await cluster.client.create("PriorityClass", {
      apiVersion: "scheduling.k8s.io/v1",
      kind: "PriorityClass",
      metadata: { name: "urgent" },
      value: 1000,
    });
    await cluster.eventually(async () => {
      const { status: after } = await replicaSet();
      expect(after).toMatchObject({ readyReplicas: 2 });
      expect(after?.conditions ?? []).toEqual([]);
    });
  });
});

test("600 pods, more than one pass may create, all come and go", async () => {
  await cluster.client.create("ReplicaSet", aReplicaSet(600));
  await cluster.eventually(async () => expect((await replicaSet()).status?.readyReplicas).toBe(600));
  await scaleTo(0);
  await cluster.eventually(async () => expect(await names()).toEqual([]));
}, 60_000);
