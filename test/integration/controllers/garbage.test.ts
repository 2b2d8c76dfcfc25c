import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Deployment } from "#api/generated/apps-v1.ts";
import type { Pod } from "#api/generated/core-v1.ts";
import type { Resource } from "#api/resource.ts";
import type { OwnerReference } from "#apimachinery/generated/meta-v1.ts";
import type { KubeObject, NewObject } from "#apimachinery/meta.ts";
import type { DeletionPropagation } from "#apimachinery/request.ts";
import { deploymentController } from "#controllers/deployment/deployment.ts";
import { garbageCollectorController } from "#controllers/garbage-collector/garbage-collector.ts";
import { replicaSetController } from "#controllers/replicaset/replicaset.ts";
import { serviceAccountController } from "#controllers/serviceaccount.ts";
import { aCluster, type TestCluster } from "#testing/cluster.ts";
import { serveCustom } from "#testing/custom-resources.ts";
import { modelKubelet } from "#testing/model-kubelet.ts";
import { aField, aScalar, aStruct } from "#testing/schema.ts";

const WEB = { namespace: "default", name: "web" } as const;

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await aCluster({
    controllers: [
      deploymentController,
      replicaSetController,
      serviceAccountController,
      garbageCollectorController,
      modelKubelet(),
    ],
  });
});
afterEach(() => cluster[Symbol.asyncDispose]());

const web: NewObject<Deployment> = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: WEB,
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "web", image: "web:1" }] },
    },
  },
};

async function rollOut(): Promise<void> {
  await cluster.client.create("Deployment", web);
  await cluster.eventually(async () => {
    const { status } = await cluster.client.get("Deployment", WEB);
    expect(status?.availableReplicas).toBe(2);
  });
}

/** How many objects of each kind there are. */
async function census(): Promise<Record<string, number>> {
  const kinds = ["Deployment", "ReplicaSet", "Pod"] as const;
  const entries = kinds.map(async (kind) => {
    const { items } = await cluster.client.list(kind, { namespace: "default" });
    return [kind, items.length] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

describe("deleting a Deployment", () => {
  const cases: { policy: DeletionPropagation; want: Record<string, number> }[] = [
    { policy: "Background", want: { Deployment: 0, ReplicaSet: 0, Pod: 0 } },
    { policy: "Foreground", want: { Deployment: 0, ReplicaSet: 0, Pod: 0 } },
    { policy: "Orphan", want: { Deployment: 0, ReplicaSet: 1, Pod: 2 } },
  ];
  test.each(cases)("with propagation $policy", async ({ policy, want }) => {
    await rollOut();
    await cluster.client.delete("Deployment", WEB, { propagationPolicy: policy });
    await cluster.eventually(async () => {
      expect(await census()).toEqual(want);
    });
    await cluster.advance(10_000);
    expect(await census()).toEqual(want);
    const { items } = await cluster.client.list("ReplicaSet", { namespace: "default" });
    for (const { metadata } of items) {
      expect(metadata.ownerReferences ?? []).toEqual([]);
      expect(metadata.finalizers ?? []).toEqual([]);
    }
  });

  test("in the foreground: owners go after what they own", async () => {
    await rollOut();
    const order: string[] = [];
    using stack = new DisposableStack();
    for (const kind of ["Deployment", "ReplicaSet", "Pod"] as const) {
      stack.use(
        cluster.informers.informer(kind).onChange((changes) => {
          for (const change of changes) if (change.type === "deleted") order.push(kind);
        }),
      );
    }
    await cluster.client.delete("Deployment", WEB, { propagationPolicy: "Foreground" });
    await cluster.eventually(() => {
      expect(order).toEqual(["Pod", "Pod", "ReplicaSet", "Deployment"]);
    });
  });

  test("orphans are adopted by the next Deployment of the name", async () => {
    await rollOut();
    const { items: before } = await cluster.client.list("Pod", { namespace: "default" });
    await cluster.client.delete("Deployment", WEB, { propagationPolicy: "Orphan" });
    await cluster.eventually(async () => {
      expect(await census()).toMatchObject({ Deployment: 0 });
    });
    await rollOut();
    const { items: after } = await cluster.client.list("Pod", { namespace: "default" });
    expect(after.map(({ metadata }) => metadata.uid)).toEqual(before.map(({ metadata }) => metadata.uid));
    expect(await census()).toEqual({ Deployment: 1, ReplicaSet: 1, Pod: 2 });
  });
});

describe("other owners", () => {
  const ownedBy = (...ownerReferences: OwnerReference[]): NewObject<Pod> => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace: "default", name: "owned", ownerReferences },
    spec: { containers: [{ name: "c", image: "c" }] },
  });
  const configMap = (name: string): Promise<KubeObject> =>
    cluster.client.create("ConfigMap", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { namespace: "default", name },
    });
  const reference = ({ apiVersion, kind, metadata }: KubeObject): OwnerReference => ({
    apiVersion,
    kind,
    name: metadata.name,
    uid: metadata.uid,
  });
  const ownedPods = async (): Promise<number> =>
    (await cluster.client.list("Pod", { namespace: "default" })).items.length;

  test("an object goes with the last of its owners", async () => {
    const [a, b] = [await configMap("a"), await configMap("b")];
    await cluster.client.create("Pod", ownedBy(reference(a), reference(b)));
    await cluster.client.delete("ConfigMap", { namespace: "default", name: "a" });
    await cluster.advance(5000);
    const { metadata } = await cluster.client.get("Pod", { namespace: "default", name: "owned" });
    expect(metadata.ownerReferences).toEqual([reference(b)]);
    await cluster.client.delete("ConfigMap", { namespace: "default", name: "b" });
    await cluster.advance(5000);
    expect(await ownedPods()).toBe(0);
  });

  test("an owner that never was takes what names it", async () => {
    const a = await configMap("a");
    await cluster.client.create("Pod", ownedBy({ ...reference(a), uid: "other" }));
    await cluster.advance(5000);
    expect(await ownedPods()).toBe(0);
  });

  test("an owner of a custom kind that comes and goes", async () => {
    const text = aScalar("string");
    const resource: Resource = {
      group: "example.com",
      version: "v1",
      kind: "Widget",
      name: "widgets",
      singular: "widget",
      namespaced: true,
      verbs: ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"],
      shortNames: [],
      categories: [],
      subresources: [],
    };
    const metadata = aStruct("ObjectMeta", {
      name: text,
      namespace: text,
      uid: text,
      resourceVersion: text,
      generation: aField(aScalar("int64"), { presence: "whenSet" }),
      creationTimestamp: aScalar("time"),
    });
    serveCustom(
      cluster.state.registry,
      { resource },
      aStruct("Widget", { kind: text, apiVersion: text, metadata }),
    );
    await cluster.settle();
    const widget = await cluster.client.create(resource, {
      apiVersion: "example.com/v1",
      kind: "Widget",
      metadata: { namespace: "default", name: "w" },
    });
    await cluster.client.create("Pod", ownedBy(reference(widget)));
    await cluster.advance(5000);
    expect(await ownedPods()).toBe(1);
    await cluster.client.delete(resource, { namespace: "default", name: "w" });
    await cluster.advance(5000);
    expect(await ownedPods()).toBe(0);
  });
});
