/** A scheduler whose writes fail and that ends in the middle, in a cluster that changes all the time. */
import { describe, expect, test } from "bun:test";
import type { Pod } from "#api/generated/core-v1.ts";
import { internalError } from "#apimachinery/status-error.ts";
import { seededRandom } from "#testing/seeded-random.ts";
import { aScheduledCluster, type ScheduledCluster, type SchedulerWrites } from "./scheduled-cluster.ts";

const MINUTE_MS = 60_000;
const ROUNDS = 60;
const NODES = 4;
/** CPUs of a node, and of each of its pods at most. */
const CPU = 4;
const LARGEST = 3;

/** Fails every so often: before the write is made, or after it. */
function faulty(client: SchedulerWrites, random: () => number, share: () => number): SchedulerWrites {
  const attempt = async <T>(write: () => Promise<T>): Promise<T> => {
    const chance = random();
    if (chance < share() / 2) throw internalError("boom");
    const result = await write();
    if (chance < share()) throw internalError("boom");
    return result;
  };
  return {
    create: client.create.bind(client),
    delete: (...parameters) => attempt(() => client.delete(...parameters)),
    patch: ((...parameters: Parameters<typeof client.patch>) =>
      attempt(() => client.patch(...parameters))) as typeof client.patch,
    createSubresource: (...parameters) => attempt(() => client.createSubresource(...parameters)),
  };
}

class History {
  readonly #world: ScheduledCluster;
  readonly #random: () => number;
  #pods = 0;

  constructor(world: ScheduledCluster, random: () => number) {
    this.#world = world;
    this.#random = random;
  }

  /** Something happens to the cluster. */
  async goOn(): Promise<void> {
    const happenings: readonly (() => Promise<unknown>)[] = [
      () => this.#addPod(),
      () => this.#addPod(),
      () => this.#addPod(),
      () => this.#deletePod(),
      () => this.#cordon(),
      () => this.#world.restartScheduler(),
    ];
    await happenings[this.#pick(happenings.length)]?.();
  }

  #pick(count: number): number {
    return Math.floor(this.#random() * count);
  }

  #addPod(): Promise<unknown> {
    const avoids = this.#random() < 0.3;
    const hostPort = this.#random() < 0.3 ? [{ containerPort: 80, hostPort: 8080 + this.#pick(2) }] : [];
    const requests = { cpu: String(1 + this.#pick(LARGEST)) };
    return this.#world.addPod(`p${String((this.#pods += 1))}`, {
      labels: { app: avoids ? "hermit" : "any" },
      spec: {
        priorityClassName: this.#random() < 0.3 ? "high" : "low",
        containers: [{ name: "app", image: "app:1", ports: hostPort, resources: { requests } }],
        ...(avoids && {
          affinity: {
            podAntiAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [
                { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { app: "hermit" } } },
              ],
            },
          },
        }),
      },
    });
  }

  async #deletePod(): Promise<void> {
    const { items } = await this.#world.client.list("Pod");
    const pod = items[this.#pick(items.length)];
    if (pod === undefined) return;
    const { name } = pod.metadata;
    await this.#world.client.delete("Pod", { namespace: "default", name }, { gracePeriodSeconds: 0 });
  }

  #cordon(): Promise<void> {
    const unschedulable = this.#random() < 0.3;
    return this.#world.changeNode(`n${String(this.#pick(NODES))}`, (node) => ({
      ...node,
      spec: { ...node.spec, unschedulable },
    }));
  }
}

function cpuOf({ spec }: Pod): number {
  return Number(spec.containers[0]?.resources?.requests?.["cpu"]);
}

function hostPortsOf({ spec }: Pod): readonly number[] {
  return (spec.containers[0]?.ports ?? []).flatMap(({ hostPort }) => hostPort ?? []);
}

/** What is on each node fits there, whatever happened. */
function expectFits(pods: readonly Pod[]): void {
  const placed = pods.filter(({ spec }) => (spec.nodeName ?? "") !== "");
  for (const [node, members = []] of Object.entries(
    Object.groupBy(placed, ({ spec }) => spec.nodeName ?? ""),
  )) {
    const cpu = members.reduce((sum, pod) => sum + cpuOf(pod), 0);
    expect(cpu, node).toBeLessThanOrEqual(CPU);
    const ports = members.flatMap(hostPortsOf);
    expect(new Set(ports).size, node).toBe(ports.length);
    const hermits = members.filter(({ metadata }) => metadata.labels?.["app"] === "hermit");
    expect(hermits.length, node).toBeLessThanOrEqual(1);
  }
}

/** The kubelets' part: pods that are to go are gone. */
async function finishDeletions({ client }: ScheduledCluster): Promise<void> {
  const { items } = await client.list("Pod");
  for (const { metadata } of items.filter((pod) => pod.metadata.deletionTimestamp !== undefined)) {
    const { name } = metadata;
    await client.delete("Pod", { namespace: "default", name }, { gracePeriodSeconds: 0 });
  }
}

async function aPrioritizedCluster(random: () => number, share: () => number): Promise<ScheduledCluster> {
  const world = await aScheduledCluster({ clientOf: (client) => faulty(client, random, share) });
  for (const [name, value] of [
    ["low", 0],
    ["high", 1000],
  ] as const) {
    await world.client.create("PriorityClass", {
      apiVersion: "scheduling.k8s.io/v1",
      kind: "PriorityClass",
      metadata: { name },
      value,
    });
  }
  for (let index = 0; index < NODES; index += 1) {
    await world.addNode(`n${String(index)}`, { allocatable: { cpu: String(CPU) } });
  }
  return world;
}

describe("pods fit where they are, and in the end nobody waits who could run", () => {
  test.each([1, 2, 3, 4])(
    "history %i",
    async (seed) => {
      const random = seededRandom(seed);
      let share = 0.2;
      await using world = await aPrioritizedCluster(random, () => share);
      const history = new History(world, random);
      for (let round = 0; round < ROUNDS; round += 1) {
        await history.goOn();
        if (random() < 0.5) await world.cluster.advance(Math.floor(random() * 3000));
        if (random() < 0.3) await finishDeletions(world);
        expectFits((await world.client.list("Pod")).items);
      }
      share = 0;
      for (let index = 0; index < NODES; index += 1) {
        await world.changeNode(`n${String(index)}`, (node) => ({ ...node, spec: {} }));
      }
      for (let round = 0; round < 5; round += 1) {
        await finishDeletions(world);
        await world.cluster.advance(12_000);
      }
      const { items } = await world.client.list("Pod");
      expectFits(items);
      // A fresh look at the waiting pods comes to the same end.
      const before = await world.placements();
      await world.restartScheduler();
      await world.cluster.advance(12_000);
      expect(await world.placements()).toEqual(before);
      for (const pod of items.filter(({ spec }) => (spec.nodeName ?? "") === "")) {
        expect(await world.whyWaiting(pod.metadata.name)).toMatch(/^0\/4 nodes are available: /);
      }
    },
    MINUTE_MS,
  );
});
