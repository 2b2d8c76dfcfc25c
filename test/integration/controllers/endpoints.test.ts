/** What Services of every sort know of their pods. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Pod, PodSpec, Service, ServiceSpec } from "#api/generated/core-v1.ts";
import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import { endpointsController } from "#controllers/endpoints/endpoints.ts";
import { endpointSliceController } from "#controllers/endpoints/endpointslice.ts";
import { endpointSliceMirroringController } from "#controllers/endpoints/endpointslicemirroring.ts";
import { serviceAccountController } from "#controllers/serviceaccount.ts";
import { aCluster, type TestCluster } from "#testing/cluster.ts";
import { modelKubelet } from "#testing/model-kubelet.ts";

const WEB = { namespace: "default", name: "web" } as const;

let cluster: TestCluster;
/** Pods that are not ready, by name. */
const unready = new Set<string>();
beforeEach(async () => {
  unready.clear();
  cluster = await aCluster({
    controllers: [
      serviceAccountController,
      endpointSliceController,
      endpointsController,
      endpointSliceMirroringController,
      modelKubelet({ isReady: ({ metadata }) => !unready.has(metadata.name) }),
    ],
  });
  await cluster.client.create("Node", {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "node-1", labels: { "topology.kubernetes.io/zone": "a" } },
    spec: {},
  });
});
afterEach(() => cluster[Symbol.asyncDispose]());

function aService(spec: Partial<ServiceSpec> = {}): NewObject<Service> {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: WEB,
    spec: { selector: { app: "web" }, ports: [{ name: "http", port: 80, targetPort: 8080 }], ...spec },
  };
}

function aPod(
  name: string,
  spec: Partial<PodSpec> = {},
  metadata: Partial<Pod["metadata"]> = {},
): NewObject<Pod> {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace: "default", name, labels: { app: "web" }, ...metadata },
    spec: { containers: [{ name: "web", image: "web:1" }], ...spec },
  };
}

async function addPods(...names: readonly string[]): Promise<void> {
  for (const name of names) await cluster.client.create("Pod", aPod(name));
}

async function slices(): Promise<readonly EndpointSlice[]> {
  const labelSelector = "kubernetes.io/service-name=web";
  const { items } = await cluster.client.list("EndpointSlice", { namespace: "default", labelSelector });
  return items;
}

/** `pod: conditions that are true`, of all slices. */
async function endpoints(): Promise<readonly string[]> {
  await cluster.advance(3000);
  return (await slices())
    .flatMap((slice) => slice.endpoints)
    .map(({ targetRef, conditions = {} }) => {
      const isTrue = Object.entries(conditions).flatMap(([name, value]) => (value === true ? [name] : []));
      return `${targetRef?.name ?? ""}: ${isTrue.join(" ")}`;
    })
    .toSorted();
}

/** The pods in the Endpoints of the Service: those that are ready, and the others. */
async function subsets(): Promise<{ ready: readonly string[]; notReady: readonly string[] }> {
  const { subsets: all = [] } = await cluster.client.get("Endpoints", WEB);
  const names = (addresses: readonly { targetRef?: { name?: string } }[] = []): readonly string[] =>
    addresses.map(({ targetRef }) => targetRef?.name ?? "").toSorted();
  return {
    ready: all.flatMap(({ addresses }) => names(addresses)),
    notReady: all.flatMap(({ notReadyAddresses }) => names(notReadyAddresses)),
  };
}

describe("pods that are not ready", () => {
  beforeEach(async () => {
    unready.add("b");
    await addPods("a", "b");
  });

  test("are known and not used", async () => {
    await cluster.client.create("Service", aService());
    expect(await endpoints()).toEqual(["a: ready serving", "b: "]);
    expect(await subsets()).toEqual({ ready: ["a"], notReady: ["b"] });
  });

  test("are used where they are to be published", async () => {
    await cluster.client.create("Service", aService({ clusterIP: "None", publishNotReadyAddresses: true }));
    expect(await endpoints()).toEqual(["a: ready serving", "b: ready"]);
    expect(await subsets()).toEqual({ ready: ["a", "b"], notReady: [] });
  });

  test("are used once they are ready", async () => {
    await cluster.client.create("Service", aService());
    await cluster.settle();
    const pod = await cluster.client.get("Pod", { namespace: "default", name: "b" });
    const conditions = [{ type: "Ready", status: "True" as const }];
    await cluster.client.updateStatus("Pod", { ...pod, status: { ...pod.status, conditions } });
    expect(await endpoints()).toEqual(["a: ready serving", "b: ready serving"]);
    expect(await subsets()).toEqual({ ready: ["a", "b"], notReady: [] });
  });
});

test("a pod on its way out is served as long as it is ready, and only slices know it", async () => {
  await cluster.client.create("Service", aService());
  await addPods("a");
  // The finalizer stands for containers that take their time to stop.
  await cluster.client.create("Pod", aPod("b", {}, { finalizers: ["example.com/hold"] }));
  await cluster.settle();
  await cluster.client.delete("Pod", { namespace: "default", name: "b" });
  expect(await endpoints()).toEqual(["a: ready serving", "b: serving terminating"]);
  expect(await subsets()).toEqual({ ready: ["a"], notReady: [] });
});

test("a headless Service says so in its slices, and knows the names of its pods", async () => {
  await cluster.client.create("Service", aService({ clusterIP: "None" }));
  await cluster.client.create("Pod", aPod("a", { hostname: "first", subdomain: "web" }));
  await endpoints();
  const [slice] = await slices();
  expect(slice?.metadata.labels).toEqual({
    "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    "kubernetes.io/service-name": "web",
    "service.kubernetes.io/headless": "",
  });
  expect(slice?.endpoints).toMatchObject([{ hostname: "first", nodeName: "node-1", zone: "a" }]);
  const { metadata } = await cluster.client.get("Endpoints", WEB);
  expect(metadata.labels).toMatchObject({ "service.kubernetes.io/headless": "" });
});

test("a named target port is the number that each pod gives it", async () => {
  await cluster.client.create("Service", aService({ ports: [{ port: 80, targetPort: "web" }] }));
  for (const [name, containerPort] of [
    ["a", 8080],
    ["b", 9090],
  ] as const) {
    const containers = [{ name: "web", image: "web:1", ports: [{ name: "web", containerPort }] }];
    await cluster.client.create("Pod", aPod(name, { containers }));
  }
  await endpoints();
  const found = (await slices()).map(
    ({ ports, endpoints: each }) => `${each[0]?.targetRef?.name ?? ""} ${String(ports?.[0]?.port)}`,
  );
  expect(found.toSorted()).toEqual(["a 8080", "b 9090"]);
});

test("another selector has other pods", async () => {
  await cluster.client.create("Service", aService());
  await addPods("a");
  await cluster.client.create("Pod", aPod("b", {}, { labels: { app: "other" } }));
  expect(await endpoints()).toEqual(["a: ready serving"]);
  await cluster.client.patch("Service", WEB, {
    type: "merge",
    document: { spec: { selector: { app: "other" } } },
  });
  expect(await endpoints()).toEqual(["b: ready serving"]);
  expect(await subsets()).toEqual({ ready: ["b"], notReady: [] });
});

test("a Service without a selector, and one of another name, have none", async () => {
  await addPods("a");
  await cluster.client.create("Service", {
    apiVersion: "v1",
    kind: "Service",
    metadata: WEB,
    spec: { type: "ExternalName", externalName: "example.com", selector: { app: "web" } },
  });
  expect(await endpoints()).toEqual([]);
  expect(await slices()).toEqual([]);
});

test("250 pods are in three slices, and a change of one of them writes only its own", async () => {
  await cluster.client.create("Service", aService());
  const names = Array.from({ length: 250 }, (_, index) => `p${String(index)}`);
  await addPods(...names);
  expect(await endpoints()).toHaveLength(250);
  const before = await slices();
  expect(before.map(({ endpoints: each }) => each.length).toSorted((a, b) => b - a)).toEqual([100, 100, 50]);
  expect((await subsets()).ready).toHaveLength(250);
  await cluster.client.delete("Pod", { namespace: "default", name: "p7" });
  expect(await endpoints()).toHaveLength(249);
  const versions = new Map(before.map(({ metadata }) => [metadata.name, metadata.resourceVersion]));
  const written = (await slices()).filter(
    ({ metadata }) => versions.get(metadata.name) !== metadata.resourceVersion,
  );
  expect(written).toHaveLength(1);
}, 60_000);
