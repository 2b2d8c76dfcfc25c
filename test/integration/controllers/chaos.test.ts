/** Controllers whose writes fail, whose answers are lost and which end in the middle of their work. */
import { describe, expect, test } from "bun:test";
import type { Deployment } from "#api/generated/apps-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import { conflict, internalError, serviceUnavailable } from "#apimachinery/status-error.ts";
import type { Client } from "#client/client.ts";
import { deploymentController } from "#controllers/deployment/deployment.ts";
import { endpointsController } from "#controllers/endpoints/endpoints.ts";
import { endpointSliceController } from "#controllers/endpoints/endpointslice.ts";
import { garbageCollectorController } from "#controllers/garbage-collector/garbage-collector.ts";
import { namespaceController } from "#controllers/namespace.ts";
import { replicaSetController } from "#controllers/replicaset/replicaset.ts";
import { serviceAccountController } from "#controllers/serviceaccount.ts";
import { silentLogger } from "#observability/logger.ts";
import type { Controller } from "#reconcile/controller.ts";
import { servedDiscovery } from "#reconcile/kind-discovery.ts";
import { runControllers } from "#reconcile/run-controllers.ts";
import { ReflectedInformers } from "#reconcile/shared-informers.ts";
import { aCluster, type TestCluster } from "#testing/cluster.ts";
import { modelKubelet } from "#testing/model-kubelet.ts";
import { seededRandom } from "#testing/seeded-random.ts";

const WEB = { namespace: "team", name: "web" } as const;
const MINUTE_MS = 60_000;
const ROUNDS = 25;

const CONTROLLERS = [
  deploymentController,
  replicaSetController,
  endpointSliceController,
  endpointsController,
  garbageCollectorController,
  namespaceController,
  serviceAccountController,
];

const WRITES = new Set<PropertyKey>(["create", "update", "updateStatus", "patch", "delete"]);

/** A client that fails every so often: before the write is made, or after it. */
function faulty(client: Client, random: () => number, share: () => number): Client {
  const errors = [
    internalError("boom"),
    serviceUnavailable("not now"),
    conflict({ group: "", resource: "things" }, "x", "somebody was faster"),
  ];
  const fail = (): never => {
    throw errors[Math.floor(random() * errors.length)] ?? internalError("boom");
  };
  return new Proxy(client, {
    get: (target, property) => {
      const method: unknown = Reflect.get(target, property);
      if (typeof method !== "function" || !WRITES.has(property)) return method;
      return async (...parameters: readonly unknown[]): Promise<unknown> => {
        const chance = random();
        if (chance < share() / 2) fail();
        const result: unknown = await Reflect.apply(method, target, parameters);
        if (chance < share()) fail();
        return result;
      };
    },
  });
}

/** A control plane that can be ended and started again. */
class ControlPlane implements AsyncDisposable {
  readonly #cluster: TestCluster;
  readonly #random: () => number;
  #running: AsyncDisposableStack;
  /** The share of writes that fail. */
  failures = 0.2;

  constructor(cluster: TestCluster, random: () => number) {
    this.#cluster = cluster;
    this.#random = random;
    this.#running = this.#start();
  }

  async restart(): Promise<void> {
    await this.#running.disposeAsync();
    this.#running = this.#start();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#running.disposeAsync();
  }

  #start(): AsyncDisposableStack {
    const { clock, state } = this.#cluster;
    const shared = { clock, random: this.#random, logger: silentLogger };
    const stack = new AsyncDisposableStack();
    const informers = stack.use(
      new ReflectedInformers({ ...shared, client: this.#cluster.asControllerManager() }),
    );
    const clientFor = (controller: Controller): Client =>
      faulty(this.#cluster.asController(controller), this.#random, () => this.failures);
    const discovery = servedDiscovery(state.registry);
    stack.use(runControllers(CONTROLLERS, { ...shared, clientFor, informers, discovery }));
    return stack;
  }
}

const web: NewObject<Deployment> = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: WEB,
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "web", image: "web:0" }] },
    },
  },
};

async function fill({ client }: TestCluster): Promise<void> {
  await client.create("Namespace", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "team" },
    spec: {},
  });
  await client.create("Node", { apiVersion: "v1", kind: "Node", metadata: { name: "node-1" }, spec: {} });
  await client.create("Service", {
    apiVersion: "v1",
    kind: "Service",
    metadata: WEB,
    spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
  });
  await client.create("Deployment", web);
}

/** Something that users, or fate, do to the Deployment. */
async function disturb(cluster: TestCluster, control: ControlPlane, random: () => number): Promise<void> {
  const patch = (spec: unknown): Promise<unknown> =>
    cluster.client.patch("Deployment", WEB, { type: "strategic", document: { spec } });
  const image = `web:${String(Math.floor(random() * 4))}`;
  const disturbances: readonly (() => Promise<unknown>)[] = [
    () => patch({ replicas: Math.floor(random() * 8) }),
    () => patch({ template: { spec: { containers: [{ name: "web", image }] } } }),
    () => patch({ paused: random() < 0.5 }),
    () => cluster.client.deleteCollection("Pod", { namespace: "team", list: { limit: 2 } }),
    () => control.restart(),
  ];
  await disturbances[Math.floor(random() * disturbances.length)]?.();
}

/** Everything is as the Deployment says. */
async function expectOrder({ client }: TestCluster, image: string, replicas: number): Promise<void> {
  const { status, metadata } = await client.get("Deployment", WEB);
  expect(status).toMatchObject({
    observedGeneration: metadata.generation,
    replicas,
    updatedReplicas: replicas,
    availableReplicas: replicas,
  });
  const { items: sets } = await client.list("ReplicaSet", { namespace: "team" });
  const sizes = sets.filter(({ spec }) => spec.replicas !== 0);
  expect(sizes.map(({ spec }) => [spec.template?.spec?.containers[0]?.image, spec.replicas])).toEqual([
    [image, replicas],
  ]);
  const images = sets.map(({ spec }) => spec.template?.spec?.containers[0]?.image);
  expect(new Set(images).size).toBe(images.length);
  const { items: pods } = await client.list("Pod", { namespace: "team" });
  expect(pods).toHaveLength(replicas);
  const { items: slices } = await client.list("EndpointSlice", { namespace: "team" });
  const addresses = slices.flatMap(({ endpoints }) => endpoints.flatMap((each) => each.addresses));
  expect(addresses.toSorted()).toEqual(pods.map(({ status: each }) => each?.podIP ?? "").toSorted());
  const { subsets = [] } = await client.get("Endpoints", WEB);
  expect(subsets.flatMap(({ addresses: all = [] }) => all)).toHaveLength(replicas);
}

describe("a Deployment and its Service come to order after any history", () => {
  test.each([1, 2, 3, 4, 5, 23])(
    "history %i",
    async (seed) => {
      const random = seededRandom(seed);
      await using cluster = await aCluster({ controllers: [modelKubelet()] });
      await using control = new ControlPlane(cluster, random);
      await fill(cluster);
      for (let round = 0; round < ROUNDS; round += 1) {
        await disturb(cluster, control, random);
        await cluster.advance(Math.floor(random() * 3000));
      }
      control.failures = 0;
      await cluster.client.patch("Deployment", WEB, {
        type: "strategic",
        document: {
          spec: {
            paused: false,
            replicas: 4,
            template: { spec: { containers: [{ name: "web", image: "web:final" }] } },
          },
        },
      });
      await cluster.eventually(() => expectOrder(cluster, "web:final", 4), 5 * MINUTE_MS);
      // And stays so.
      await cluster.advance(5000);
      await expectOrder(cluster, "web:final", 4);
      control.failures = 0.2;
      await cluster.client.delete("Namespace", { name: "team" });
      await cluster.eventually(async () => {
        const { items } = await cluster.client.list("Namespace");
        expect(items.map(({ metadata }) => metadata.name)).not.toContain("team");
      }, 10 * MINUTE_MS);
      const { items: pods } = await cluster.client.list("Pod", { namespace: "team" });
      expect(pods).toEqual([]);
    },
    MINUTE_MS,
  );
});
