import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Lease } from "#api/generated/coordination-v1.ts";
import type { Node, Pod } from "#api/generated/core-v1.ts";
import { formatMicroTime, formatTime } from "#apimachinery/time.ts";
import { deploymentController } from "#controllers/deployment/deployment.ts";
import { nodeEvictionController } from "#controllers/node-lifecycle/node-eviction.ts";
import { nodeLifecycleController } from "#controllers/node-lifecycle/node-lifecycle.ts";
import { finishedPodsController } from "#controllers/pod-garbage-collector/finished-pods.ts";
import { podGarbageCollectorController } from "#controllers/pod-garbage-collector/pod-garbage-collector.ts";
import { replicaSetController } from "#controllers/replicaset/replicaset.ts";
import { serviceAccountController } from "#controllers/serviceaccount.ts";
import { taintEvictionController } from "#controllers/taint-eviction.ts";
import { aCluster, type TestCluster } from "#testing/cluster.ts";
import { modelKubelet } from "#testing/model-kubelet.ts";
import { aDeployment } from "#testing/workloads.ts";

let cluster: TestCluster;
/** Where new pods go. */
let target: string;
beforeEach(async () => {
  target = "silent";
  cluster = await aCluster({
    controllers: [
      deploymentController,
      replicaSetController,
      serviceAccountController,
      nodeLifecycleController,
      nodeEvictionController,
      taintEvictionController,
      podGarbageCollectorController,
      finishedPodsController,
      modelKubelet({ node: () => target }),
    ],
  });
  for (const name of ["alive", "silent"]) await register(name);
  const { spec } = aDeployment("web", { spec: { replicas: 1 } });
  const metadata = { namespace: "default", name: "web" };
  await cluster.client.create("Deployment", { apiVersion: "apps/v1", kind: "Deployment", metadata, spec });
  await cluster.eventually(async () => {
    expect(await describePods()).toEqual(["Running on silent, ready"]);
  });
  target = "alive";
});
afterEach(() => cluster[Symbol.asyncDispose]());

async function register(name: string): Promise<void> {
  const time = formatTime(cluster.clock.now());
  const ready = { type: "Ready", status: "True", lastHeartbeatTime: time, lastTransitionTime: time };
  await cluster.client.create("Node", {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name },
    spec: {},
    status: { conditions: [ready] },
  });
  await cluster.client.create("Lease", {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { namespace: "kube-node-lease", name },
    spec: { renewTime: formatMicroTime(cluster.clock.now()) },
  });
}

/** Lets time pass in which only some nodes renew their leases. */
async function advance(seconds: number, ...alive: string[]): Promise<void> {
  for (let left = seconds; left > 0; left -= 10) {
    for (const name of alive) await renew(name);
    await cluster.advance(Math.min(left, 10) * 1000);
  }
}

function renew(name: string): Promise<Lease> {
  const document = { spec: { renewTime: formatMicroTime(cluster.clock.now()) } };
  return cluster.client.patch("Lease", { namespace: "kube-node-lease", name }, { type: "merge", document });
}

/** What the kubelet says of its node. */
async function report(name: string, ready: "True" | "False"): Promise<void> {
  const node = await getNode(name);
  const conditions = (node.status?.conditions ?? []).map((each) =>
    each.type === "Ready"
      ? { ...each, status: ready, lastHeartbeatTime: formatTime(cluster.clock.now()) }
      : each,
  );
  await cluster.client.updateStatus("Node", { ...node, status: { ...node.status, conditions } });
}

const getNode = (name: string): Promise<Node> => cluster.client.get("Node", { name });

async function describeNode(name: string): Promise<string> {
  const { spec, status } = await getNode(name);
  const ready = status?.conditions?.find(({ type }) => type === "Ready")?.status;
  const taints = spec.taints?.map(({ key, effect }) => `${key.replace("node.kubernetes.io/", "")}:${effect}`);
  return [ready, ...(taints ?? []).toSorted()].join(" ");
}

async function describePods(): Promise<readonly string[]> {
  const { items } = await cluster.client.list("Pod", { namespace: "default" });
  return items.map(describePod);
}

async function podNames(): Promise<readonly string[]> {
  const { items } = await cluster.client.list("Pod", { namespace: "default" });
  return items.map(({ metadata }) => metadata.name);
}

function describePod({ spec, status }: Pod): string {
  const ready = status?.conditions?.find(({ type }) => type === "Ready")?.status === "True";
  return `${String(status?.phase)} on ${String(spec?.nodeName)}, ${ready ? "ready" : "not ready"}`;
}

async function eventsAbout(kind: string): Promise<readonly string[]> {
  await cluster.advance(2000);
  const { items } = await cluster.client.list("Event", { namespace: "default" });
  return items
    .filter(({ involvedObject }) => involvedObject.kind === kind)
    .map(({ type, reason, message }) => `${String(type)} ${String(reason)} ${String(message)}`);
}

describe("a node that falls silent", () => {
  test("is given up, loses its pods when they tolerate it no longer, and comes back", async () => {
    await advance(45, "alive");
    expect(await describeNode("silent")).toBe("True");
    await advance(10, "alive");
    expect(await describeNode("silent")).toBe("Unknown unreachable:NoExecute unreachable:NoSchedule");
    expect(await describeNode("alive")).toBe("True");
    expect(await describePods()).toEqual(["Running on silent, not ready"]);
    expect(await eventsAbout("Node")).toEqual([
      "Normal RegisteredNode Node alive event: Registered Node alive in Controller",
      "Normal RegisteredNode Node silent event: Registered Node silent in Controller",
      "Normal NodeNotReady Node silent status is now: NodeNotReady",
    ]);
    await advance(280, "alive");
    expect(await describePods()).toEqual(["Running on silent, not ready"]);
    await advance(20, "alive");
    expect(await describePods()).toEqual(["Running on alive, ready"]);
    expect(await eventsAbout("Pod")).toContainEqual(
      expect.stringMatching(/^Normal TaintManagerEviction Marking for deletion Pod default\/web-/),
    );
    await report("silent", "True");
    await advance(10, "alive", "silent");
    expect(await describeNode("silent")).toBe("True");
  });

  test("keeps its pods when it is back in time", async () => {
    const before = await podNames();
    await advance(200, "alive");
    expect(await describeNode("silent")).toBe("Unknown unreachable:NoExecute unreachable:NoSchedule");
    await report("silent", "True");
    await advance(400, "alive", "silent");
    expect(await describeNode("silent")).toBe("True");
    expect(await podNames()).toEqual(before);
  });

  test("says so of all that it reported", async () => {
    await advance(60, "alive");
    const { status } = await getNode("silent");
    const told = status?.conditions?.map(
      ({ type, status: value, reason, message }) => `${type} ${value} ${reason ?? ""}: ${message ?? ""}`,
    );
    expect(told).toEqual([
      "Ready Unknown NodeStatusUnknown: Kubelet stopped posting node status.",
      "MemoryPressure Unknown NodeStatusNeverUpdated: Kubelet never posted node status.",
      "DiskPressure Unknown NodeStatusNeverUpdated: Kubelet never posted node status.",
      "PIDPressure Unknown NodeStatusNeverUpdated: Kubelet never posted node status.",
    ]);
  });

  test("keeps its pods when no node is ready", async () => {
    await advance(400);
    expect(await describeNode("silent")).toBe("Unknown unreachable:NoSchedule");
    expect(await describeNode("alive")).toBe("Unknown unreachable:NoSchedule");
    expect(await describePods()).toEqual(["Running on silent, not ready"]);
  });

  test("loses its pods for good when it is deleted", async () => {
    await cluster.client.delete("Node", { name: "silent" });
    await advance(35, "alive");
    expect(await describePods()).toEqual(["Running on silent, ready"]);
    await advance(10, "alive");
    expect(await describePods()).toEqual(["Running on alive, ready"]);
    expect(await eventsAbout("Node")).toContainEqual(
      "Normal RemovingNode Node silent event: Removing Node silent from Controller",
    );
  });
});

test("a node that says it is not ready is tainted so, and loses its pods in time", async () => {
  await report("silent", "False");
  await advance(10, "alive", "silent");
  expect(await describeNode("silent")).toBe("False not-ready:NoExecute not-ready:NoSchedule");
  await advance(310, "alive", "silent");
  expect(await describePods()).toEqual(["Running on alive, ready"]);
});

test("a pod without tolerations goes from a silent node as soon as it is given up, one that tolerates all stays", async () => {
  const pod = (name: string, tolerationSeconds?: number): Promise<unknown> =>
    cluster.client.create("Pod", {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { namespace: "default", name },
      spec: {
        nodeName: "silent",
        containers: [{ name: "c", image: "c:1" }],
        tolerations: [
          {
            operator: "Exists",
            effect: "NoExecute",
            ...(tolerationSeconds !== undefined && { tolerationSeconds }),
          },
        ],
      },
    });
  await pod("brief", 5);
  await pod("forever");
  await advance(70, "alive");
  expect(await podNames()).not.toContain("brief");
  await advance(600, "alive");
  const { spec } = await cluster.client.get("Pod", { namespace: "default", name: "forever" });
  expect(spec.nodeName).toBe("silent");
});

test("a taint that somebody adds drives off pods that do not tolerate it", async () => {
  await cluster.client.patch(
    "Node",
    { name: "silent" },
    { type: "merge", document: { spec: { taints: [{ key: "maintenance", effect: "NoExecute" }] } } },
  );
  await cluster.eventually(async () => {
    expect(await describePods()).toEqual(["Running on alive, ready"]);
  });
});
