/** How a Deployment goes from one version to the next. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Deployment, DeploymentSpec, ReplicaSet } from "#api/generated/apps-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import { omit } from "#base/omit.ts";
import { deploymentController } from "#controllers/deployment/deployment.ts";
import { replicaSetController } from "#controllers/replicaset/replicaset.ts";
import { serviceAccountController } from "#controllers/serviceaccount.ts";
import { aCluster, type TestCluster } from "#testing/cluster.ts";
import { modelKubelet } from "#testing/model-kubelet.ts";

const WEB = { namespace: "default", name: "web" } as const;
const REVISION = "deployment.kubernetes.io/revision";
const CHANGE_CAUSE = "kubernetes.io/change-cause";

/** Images whose containers never become ready. */
const broken = new Set<string>();

let cluster: TestCluster;
beforeEach(async () => {
  broken.clear();
  const kubelet = modelKubelet({ isReady: ({ spec }) => !broken.has(spec.containers[0]?.image ?? "") });
  cluster = await aCluster({
    controllers: [deploymentController, replicaSetController, serviceAccountController, kubelet],
  });
});
afterEach(() => cluster[Symbol.asyncDispose]());

function aDeployment(
  spec: Partial<DeploymentSpec>,
  annotations: Readonly<Record<string, string>> = {},
): NewObject<Deployment> {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { ...WEB, annotations },
    spec: {
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: { containers: [{ name: "web", image: "web:1" }] },
      },
      ...spec,
    },
  };
}

const create = (spec: Partial<DeploymentSpec>): Promise<Deployment> =>
  cluster.client.create("Deployment", aDeployment(spec));

const deployment = (): Promise<Deployment> => cluster.client.get("Deployment", WEB);

const patch = (document: unknown): Promise<Deployment> =>
  cluster.client.patch("Deployment", WEB, { type: "strategic", document });

const setImage = (image: string, cause?: string): Promise<Deployment> =>
  patch({
    ...(cause !== undefined && { metadata: { annotations: { [CHANGE_CAUSE]: cause } } }),
    spec: { template: { spec: { containers: [{ name: "web", image }] } } },
  });

async function replicaSets(): Promise<readonly ReplicaSet[]> {
  return (await cluster.client.list("ReplicaSet", { namespace: "default" })).items;
}

function imageOf({ spec }: ReplicaSet): string {
  return spec.template?.spec?.containers[0]?.image ?? "";
}

/** The size of each version. */
async function sizes(): Promise<Readonly<Record<string, number>>> {
  return Object.fromEntries((await replicaSets()).map((each) => [imageOf(each), each.spec.replicas ?? 0]));
}

function rolledOut(): Promise<Deployment> {
  return cluster.eventually(async () => {
    const found = await deployment();
    const { replicas } = found.spec;
    expect(found.status).toMatchObject({
      observedGeneration: found.metadata.generation,
      replicas,
      updatedReplicas: replicas,
      availableReplicas: replicas,
    });
    return found;
  });
}

function condition({ status }: Deployment, type: string): string {
  const found = status?.conditions?.find((each) => each.type === type);
  return found === undefined ? "none" : `${found.status} ${found.reason ?? ""}: ${found.message ?? ""}`;
}

describe("a rolling update of 4 pods", () => {
  test.each([
    { maxSurge: 1, maxUnavailable: 0, most: 5, fewest: 4 },
    { maxSurge: 0, maxUnavailable: 1, most: 4, fewest: 3 },
    { maxSurge: "25%", maxUnavailable: "25%", most: 5, fewest: 3 },
    { maxSurge: "30%", maxUnavailable: "30%", most: 6, fewest: 3 },
    { maxSurge: "100%", maxUnavailable: 0, most: 8, fewest: 4 },
    { maxSurge: 0, maxUnavailable: "100%", most: 4, fewest: 0 },
  ])(
    "with maxSurge $maxSurge and maxUnavailable $maxUnavailable has $fewest to $most of them",
    async ({ maxSurge, maxUnavailable, most, fewest }) => {
      const strategy = { type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable } } as const;
      await create({ replicas: 4, strategy });
      await rolledOut();
      const lows: number[] = [];
      const highs: number[] = [];
      const informer = cluster.informers.informer("ReplicaSet");
      using _ = informer.onChange(() => {
        const sets = informer.list();
        lows.push(sets.reduce((sum, { status }) => sum + (status?.availableReplicas ?? 0), 0));
        highs.push(sets.reduce((sum, { spec }) => sum + (spec.replicas ?? 0), 0));
      });
      await setImage("web:2");
      await rolledOut();
      expect(await sizes()).toEqual({ "web:1": 0, "web:2": 4 });
      expect(Math.min(...lows)).toBeGreaterThanOrEqual(fewest);
      expect(Math.max(...highs)).toBeLessThanOrEqual(most);
      // What is allowed is used: otherwise the limits would not be tested.
      if (fewest === 4) expect(Math.max(...highs)).toBe(most);
    },
  );

  test("waits for new pods to have been ready for long enough", async () => {
    await create({ replicas: 4, minReadySeconds: 10 });
    await cluster.advance(5000);
    expect((await deployment()).status).toMatchObject({ readyReplicas: 4, unavailableReplicas: 4 });
    await cluster.advance(6000);
    await rolledOut();
    await setImage("web:2");
    await cluster.advance(8000);
    expect(await sizes()).toEqual({ "web:1": 3, "web:2": 2 });
    await cluster.advance(4000);
    expect((await sizes())["web:1"]).toBeLessThan(3);
    await rolledOut();
  });
});

test("a stuck rollout is scaled in proportion, so that the bad version does not grow beyond its share", async () => {
  broken.add("web:2");
  const rollingUpdate = { maxSurge: 3, maxUnavailable: 2 };
  await create({ replicas: 10, strategy: { type: "RollingUpdate", rollingUpdate } });
  await rolledOut();
  await setImage("web:2");
  await cluster.advance(2000);
  expect(await sizes()).toEqual({ "web:1": 8, "web:2": 5 });
  await patch({ spec: { replicas: 15 } });
  await cluster.advance(2000);
  expect(await sizes()).toEqual({ "web:1": 11, "web:2": 7 });
});

describe("the conditions of a rollout", () => {
  test("tell its story to kubectl rollout status", async () => {
    const story: string[] = [];
    const informer = cluster.informers.informer("Deployment");
    using _ = informer.onChange((changes) => {
      for (const { object } of changes) {
        const reason = object.status?.conditions?.find(({ type }) => type === "Progressing")?.reason;
        if (reason !== undefined && story.at(-1) !== reason) story.push(reason);
      }
    });
    await create({ replicas: 2 });
    const done = await rolledOut();
    expect(story).toEqual(["NewReplicaSetCreated", "ReplicaSetUpdated", "NewReplicaSetAvailable"]);
    const [{ metadata } = { metadata: { name: "" } }] = await replicaSets();
    expect(condition(done, "Progressing")).toBe(
      `True NewReplicaSetAvailable: ReplicaSet "${metadata.name}" has successfully progressed.`,
    );
    expect(condition(done, "Available")).toBe(
      "True MinimumReplicasAvailable: Deployment has minimum availability.",
    );
  });

  test("say when the deadline has passed, and when it goes on after all", async () => {
    broken.add("web:1");
    await create({ replicas: 2, progressDeadlineSeconds: 60 });
    await cluster.advance(59_000);
    expect(condition(await deployment(), "Progressing")).toMatch(/^True ReplicaSetUpdated/);
    await cluster.advance(5000);
    const stuck = await deployment();
    expect(condition(stuck, "Progressing")).toMatch(
      /^False ProgressDeadlineExceeded: ReplicaSet "web-\w+" has timed out progressing\.$/,
    );
    expect(condition(stuck, "Available")).toBe(
      "False MinimumReplicasUnavailable: Deployment does not have minimum availability.",
    );
    await setImage("web:2");
    expect(condition(await rolledOut(), "Progressing")).toMatch(/^True NewReplicaSetAvailable/);
  });

  test("are silent about the time while it is paused", async () => {
    await create({ replicas: 2, progressDeadlineSeconds: 10, paused: true });
    await cluster.advance(60_000);
    expect(condition(await deployment(), "Progressing")).toBe(
      "Unknown DeploymentPaused: Deployment is paused",
    );
    expect(await sizes()).toEqual({});
    await patch({ spec: { paused: false } });
    expect(condition(await rolledOut(), "Progressing")).toMatch(/^True NewReplicaSetAvailable/);
  });
});

test("a paused Deployment is scaled all the same", async () => {
  await create({ replicas: 2 });
  await rolledOut();
  await patch({ spec: { paused: true, replicas: 5 } });
  await cluster.advance(2000);
  expect(await sizes()).toEqual({ "web:1": 5 });
});

test("kubectl rollout restart replaces all pods by others of the same version", async () => {
  await create({ replicas: 2 });
  await rolledOut();
  const namesOf = async (): Promise<ReadonlySet<string>> => {
    const { items } = await cluster.client.list("Pod", { namespace: "default" });
    return new Set(items.map(({ metadata }) => metadata.name));
  };
  const before = await namesOf();
  const restartedAt = { "kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z" };
  await patch({ spec: { template: { metadata: { annotations: restartedAt } } } });
  await rolledOut();
  const after = await namesOf();
  expect(after.size).toBe(2);
  expect(after.intersection(before).size).toBe(0);
});

describe("kubectl rollout undo", () => {
  /** What kubectl never takes back (`pkg/polymorphichelpers/rollback.go`). */
  const KEPT = [
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
  ];

  /** Does to the Deployment what kubectl does. */
  async function undo(toRevision: string): Promise<void> {
    const { metadata } = await deployment();
    const target = (await replicaSets()).find((each) => each.metadata.annotations?.[REVISION] === toRevision);
    if (target?.spec.template === undefined) throw new Error(`There is no revision ${toRevision}`);
    const { template } = target.spec;
    const kept = Object.entries(metadata.annotations ?? {}).filter(([name]) => KEPT.includes(name));
    const restored = Object.entries(target.metadata.annotations ?? {}).filter(
      ([name]) => !KEPT.includes(name),
    );
    const labels = omit(template.metadata?.labels ?? {}, "pod-template-hash");
    await cluster.client.patch("Deployment", WEB, {
      type: "json",
      document: [
        {
          op: "replace",
          path: "/spec/template",
          value: { ...template, metadata: { ...template.metadata, labels } },
        },
        { op: "replace", path: "/metadata/annotations", value: Object.fromEntries([...kept, ...restored]) },
      ],
    });
  }

  async function history(): Promise<readonly string[]> {
    return (await replicaSets())
      .map(({ metadata }) => {
        const { [REVISION]: revision, [CHANGE_CAUSE]: cause } = metadata.annotations ?? {};
        return `${revision ?? ""} ${cause ?? "<none>"}`;
      })
      .toSorted();
  }

  test("brings an earlier version back, under a new revision and with its cause", async () => {
    await cluster.client.create("Deployment", aDeployment({ replicas: 2 }, { [CHANGE_CAUSE]: "first" }));
    await rolledOut();
    for (const [image, cause] of [
      ["web:2", "second"],
      ["web:3", "third"],
    ] as const) {
      await setImage(image, cause);
      await rolledOut();
    }
    expect(await history()).toEqual(["1 first", "2 second", "3 third"]);
    await undo("1");
    const undone = await rolledOut();
    expect(await sizes()).toEqual({ "web:1": 2, "web:2": 0, "web:3": 0 });
    expect(undone.metadata.annotations).toMatchObject({ [REVISION]: "4", [CHANGE_CAUSE]: "first" });
    expect(await history()).toEqual(["2 second", "3 third", "4 first"]);
    const first = (await replicaSets()).find((each) => imageOf(each) === "web:1");
    expect(first?.metadata.annotations?.["deployment.kubernetes.io/revision-history"]).toBe("1");
  });
});
