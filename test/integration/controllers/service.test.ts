import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Service } from "#api/generated/core-v1.ts";
import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import { deploymentController } from "#controllers/deployment/deployment.ts";
import { endpointsController } from "#controllers/endpoints/endpoints.ts";
import { endpointSliceController } from "#controllers/endpoints/endpointslice.ts";
import { endpointSliceMirroringController } from "#controllers/endpoints/endpointslicemirroring.ts";
import { garbageCollectorController } from "#controllers/garbage-collector/garbage-collector.ts";
import { replicaSetController } from "#controllers/replicaset/replicaset.ts";
import { serviceAccountController } from "#controllers/serviceaccount.ts";
import { aCluster, type TestCluster } from "#testing/cluster.ts";
import { modelKubelet } from "#testing/model-kubelet.ts";
import { aDeployment } from "#testing/workloads.ts";

const WEB = { namespace: "default", name: "web" } as const;

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await aCluster({
    controllers: [
      deploymentController,
      replicaSetController,
      serviceAccountController,
      endpointSliceController,
      endpointsController,
      endpointSliceMirroringController,
      garbageCollectorController,
      modelKubelet(),
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

const service = (selector?: Readonly<Record<string, string>>): NewObject<Service> => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: WEB,
  spec: { ports: [{ name: "http", port: 80, targetPort: 8080 }], ...(selector && { selector }) },
});

async function deploy(replicas: number): Promise<void> {
  const { spec } = aDeployment("web", { spec: { replicas } });
  await cluster.client.create("Deployment", {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: WEB,
    spec,
  });
  await cluster.eventually(async () => {
    const { status } = await cluster.client.get("Deployment", WEB);
    expect(status?.availableReplicas).toBe(replicas);
  });
}

async function slices(): Promise<readonly EndpointSlice[]> {
  const labelSelector = "kubernetes.io/service-name=web";
  const { items } = await cluster.client.list("EndpointSlice", { namespace: "default", labelSelector });
  return items;
}

/** The addresses of the Service's pods, as its slices and its Endpoints know them. */
async function addresses(): Promise<readonly (readonly string[])[]> {
  const { subsets = [] } = await cluster.client.get("Endpoints", WEB);
  const inSlices = (await slices()).flatMap(({ endpoints }) => endpoints.flatMap((each) => each.addresses));
  return [
    inSlices.toSorted(),
    subsets.flatMap(({ addresses: all = [] }) => all.map(({ ip }) => ip)).toSorted(),
  ];
}

async function podAddresses(): Promise<readonly string[]> {
  const { items } = await cluster.client.list("Pod", { namespace: "default" });
  return items.map(({ status }) => status?.podIP ?? "").toSorted();
}

describe("a Service", () => {
  test("follows its pods in a slice and in Endpoints", async () => {
    await cluster.client.create("Service", service({ app: "web" }));
    await deploy(3);
    await cluster.eventually(async () => {
      const pods = await podAddresses();
      expect(pods).toHaveLength(3);
      expect(await addresses()).toEqual([pods, pods]);
    });
    const [slice] = await slices();
    expect(slice).toMatchObject({
      addressType: "IPv4",
      ports: [{ name: "http", port: 8080, protocol: "TCP" }],
      endpoints: [
        { conditions: { ready: true, serving: true, terminating: false }, nodeName: "node-1", zone: "a" },
        {},
        {},
      ],
    });
    await cluster.client.patch("Deployment", WEB, {
      type: "merge",
      document: { spec: { replicas: 1 } },
      subresource: "scale",
    });
    await cluster.eventually(async () => {
      const pods = await podAddresses();
      expect(pods).toHaveLength(1);
      expect(await addresses()).toEqual([pods, pods]);
    });
  });

  test("takes its slices and Endpoints with it", async () => {
    await cluster.client.create("Service", service({ app: "web" }));
    await deploy(1);
    await cluster.client.delete("Service", WEB);
    await cluster.eventually(async () => {
      expect(await slices()).toEqual([]);
      const { items } = await cluster.client.list("Endpoints", { namespace: "default" });
      expect(items.map(({ metadata }) => metadata.name)).toEqual(["kubernetes"]);
    });
  });

  test("without a selector has the slices of its Endpoints", async () => {
    await cluster.client.create("Service", service());
    await cluster.client.create("Endpoints", {
      apiVersion: "v1",
      kind: "Endpoints",
      metadata: WEB,
      subsets: [{ addresses: [{ ip: "192.168.7.1" }], ports: [{ name: "http", port: 8080 }] }],
    });
    await cluster.eventually(async () => {
      expect(await addresses()).toEqual([["192.168.7.1"], ["192.168.7.1"]]);
    });
    await cluster.client.delete("Endpoints", WEB);
    await cluster.eventually(async () => {
      expect(await slices()).toEqual([]);
    });
  });
});
