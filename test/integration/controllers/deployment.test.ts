import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Deployment, DeploymentSpec, ReplicaSet } from "#api/generated/apps-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import { deploymentController } from "#controllers/deployment/deployment.ts";
import { replicaSetController } from "#controllers/replicaset/replicaset.ts";
import { serviceAccountController } from "#controllers/serviceaccount.ts";
import { aCluster, type TestCluster } from "#testing/cluster.ts";
import { modelKubelet } from "#testing/model-kubelet.ts";

const WEB = { namespace: "default", name: "web" } as const;

/** Images whose containers never become ready. */
const broken = new Set<string>();

let cluster: TestCluster;
beforeEach(async () => {
  broken.clear();
  const kubelet = modelKubelet({ isReady: ({ spec }) => !broken.has(spec?.containers[0]?.image ?? "") });
  cluster = await aCluster({
    controllers: [deploymentController, replicaSetController, serviceAccountController, kubelet],
  });
});
afterEach(() => cluster[Symbol.asyncDispose]());

function aDeployment(spec: Partial<DeploymentSpec> = {}): NewObject<Deployment> {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: WEB,
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: { containers: [{ name: "web", image: "web:1" }] },
      },
      ...spec,
    },
  };
}

const deployment = (): Promise<Deployment> => cluster.client.get("Deployment", WEB);

const patch = (document: unknown): Promise<Deployment> =>
  cluster.client.patch("Deployment", WEB, { type: "strategic", document });

const setImage = (image: string): Promise<Deployment> =>
  patch({ spec: { template: { spec: { containers: [{ name: "web", image }] } } } });

async function replicaSets(): Promise<readonly ReplicaSet[]> {
  const { items } = await cluster.client.list("ReplicaSet", { namespace: "default" });
  return items;
}

/** `image: replicas (revision)` of every ReplicaSet. */
async function describeSets(): Promise<readonly string[]> {
  const sets = await replicaSets();
  return sets
    .map(({ metadata, spec }) => {
      const image = spec?.template?.spec?.containers[0]?.image ?? "";
      const revision = metadata.annotations?.["deployment.kubernetes.io/revision"] ?? "";
      return `${image}: ${String(spec?.replicas)} (${revision})`;
    })
    .toSorted();
}

async function rolledOut(): Promise<Deployment> {
  return cluster.eventually(async () => {
    const found = await deployment();
    const { status } = found;
    expect(status).toMatchObject({
      observedGeneration: found.metadata.generation,
      replicas: found.spec?.replicas,
      updatedReplicas: found.spec?.replicas,
      availableReplicas: found.spec?.replicas,
    });
    return found;
  });
}

async function events(): Promise<readonly string[]> {
  await cluster.advance(2000);
  const { items } = await cluster.client.list("Event", { namespace: "default" });
  return items
    .filter(({ involvedObject }) => involvedObject.kind === "Deployment")
    .map(
      ({ type, reason, message }) =>
        `${String(type)} ${String(reason)} ${String(message).replace(/web-\w+/, "web-*")}`,
    );
}

describe("a Deployment", () => {
  test("gets its pods, and says so", async () => {
    await cluster.client.create("Deployment", aDeployment());
    const { status, metadata } = await rolledOut();
    expect(status).toMatchObject({
      readyReplicas: 3,
      conditions: [{ type: "Available" }, { type: "Progressing" }],
    });
    expect(metadata.annotations).toEqual({ "deployment.kubernetes.io/revision": "1" });
    expect(await describeSets()).toEqual(["web:1: 3 (1)"]);
    expect(await events()).toEqual(["Normal ScalingReplicaSet Scaled up replica set web-* from 0 to 3"]);
  });

  test("scales through its scale, as kubectl scale does", async () => {
    await cluster.client.create("Deployment", aDeployment());
    await rolledOut();
    await cluster.client.patch("Deployment", WEB, {
      type: "merge",
      document: { spec: { replicas: 1 } },
      subresource: "scale",
    });
    await rolledOut();
    expect(await describeSets()).toEqual(["web:1: 1 (1)"]);
    const { items: pods } = await cluster.client.list("Pod", { namespace: "default" });
    expect(pods).toHaveLength(1);
  });

  test("rolls out, keeps what it must keep available, and is undone", async () => {
    await cluster.client.create("Deployment", aDeployment({ replicas: 4 }));
    await rolledOut();
    const lows: number[] = [];
    const highs: number[] = [];
    using _ = cluster.informers.informer("ReplicaSet").onChange(() => {
      const sets = cluster.informers.informer("ReplicaSet").list();
      lows.push(sets.reduce((sum, { status }) => sum + (status?.availableReplicas ?? 0), 0));
      highs.push(sets.reduce((sum, { spec }) => sum + (spec?.replicas ?? 0), 0));
    });
    await setImage("web:2");
    const second = await rolledOut();
    expect(await describeSets()).toEqual(["web:1: 0 (1)", "web:2: 4 (2)"]);
    expect(second.metadata.annotations?.["deployment.kubernetes.io/revision"]).toBe("2");
    expect(Math.min(...lows)).toBeGreaterThanOrEqual(3);
    expect(Math.max(...highs)).toBeLessThanOrEqual(5);
    await setImage("web:1");
    await rolledOut();
    expect(await describeSets()).toEqual(["web:1: 4 (3)", "web:2: 0 (2)"]);
  });

  test("stops at a version that does not start, and goes back", async () => {
    broken.add("web:2");
    await cluster.client.create("Deployment", aDeployment({ progressDeadlineSeconds: 30 }));
    await rolledOut();
    await setImage("web:2");
    const stuck = await cluster.eventually(async () => {
      const found = await deployment();
      expect(found.status?.conditions).toContainEqual(
        expect.objectContaining({ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }),
      );
      return found;
    });
    expect(stuck.status).toMatchObject({
      replicas: 4,
      updatedReplicas: 1,
      availableReplicas: 3,
      unavailableReplicas: 1,
    });
    await setImage("web:1");
    await rolledOut();
    expect(await describeSets()).toEqual(["web:1: 3 (3)", "web:2: 0 (2)"]);
  });

  test("recreates", async () => {
    await cluster.client.create("Deployment", aDeployment({ strategy: { type: "Recreate" } }));
    await rolledOut();
    const versions: number[] = [];
    using _ = cluster.informers.informer("Pod").onChange(() => {
      const pods = cluster.informers.informer("Pod").list();
      versions.push(new Set(pods.map(({ spec }) => spec?.containers[0]?.image)).size);
    });
    await setImage("web:2");
    await rolledOut();
    expect(await describeSets()).toEqual(["web:1: 0 (1)", "web:2: 3 (2)"]);
    expect(Math.max(...versions)).toBe(1);
  });

  test("waits while it is paused, and goes on", async () => {
    await cluster.client.create("Deployment", aDeployment());
    await rolledOut();
    await patch({ spec: { paused: true } });
    await setImage("web:2");
    await cluster.advance(5000);
    expect(await describeSets()).toEqual(["web:1: 3 (1)"]);
    await patch({ spec: { paused: false } });
    await rolledOut();
    expect(await describeSets()).toEqual(["web:1: 0 (1)", "web:2: 3 (2)"]);
  });

  test("keeps as much of its history as it should", async () => {
    await cluster.client.create("Deployment", aDeployment({ revisionHistoryLimit: 1 }));
    await rolledOut();
    for (const image of ["web:2", "web:3", "web:4"]) {
      await setImage(image);
      await rolledOut();
    }
    await cluster.eventually(async () => {
      expect(await describeSets()).toEqual(["web:3: 0 (3)", "web:4: 3 (4)"]);
    });
  });

  test("replaces pods that are deleted", async () => {
    await cluster.client.create("Deployment", aDeployment());
    await rolledOut();
    await cluster.client.deleteCollection("Pod", { namespace: "default" });
    await cluster.settle();
    await rolledOut();
    const { items: pods } = await cluster.client.list("Pod", { namespace: "default" });
    expect(pods).toHaveLength(3);
  });
});
