import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { ReplicaSet } from "#api/generated/apps-v1.ts";
import type { Event, Pod } from "#api/generated/core-v1.ts";
import type { KubeObject, NewObject } from "#apimachinery/meta.ts";
import { forbidden } from "#apimachinery/status-error.ts";
import { createClient } from "#client/create-client.ts";
import type { Logger } from "#observability/logger.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { ModelApi } from "#testing/model-api.ts";
import type { Action, Plan } from "./action.ts";
import { type Controller, defineController, type FailedWrite } from "./controller.ts";
import { runControllers } from "./run-controllers.ts";
import { ReflectedInformers } from "./shared-informers.ts";

interface View {
  readonly owner: ReplicaSet;
  readonly pods: readonly Pod[];
  readonly failed: FailedWrite | undefined;
  readonly now: Date;
}

/** As small as a controller can be: as many pods as the owner asks for. Which ones go depends on the time. */
const keeper: Controller = defineController<View>({
  name: "keeper",
  primary: "ReplicaSet",
  watches: [
    { kind: "ReplicaSet", wakes: "itself" },
    { kind: "Pod", wakes: "owner" },
  ],
  writes: ["Pod"],
  observe: ({ namespace, name }, caches, now, failed) => {
    const owner = caches.get("ReplicaSet", namespace, name);
    return owner && { owner, pods: caches.ownedBy("Pod", owner.metadata.uid), failed, now };
  },
  plan: ({ owner, pods, failed, now }) => {
    const active = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const missing = (owner.spec.replicas ?? 0) - active.length;
    const first = active.length === 0 ? 0 : now.getTime() % active.length;
    const victims = [...active.slice(first), ...active.slice(0, first)];
    const event: Action = {
      type: "event",
      about: owner,
      event: { type: "Warning", reason: "Failed", message: failed?.message ?? "" },
    };
    return {
      actions: [
        ...(failed === undefined ? [] : [event]),
        ...Array.from({ length: Math.max(0, missing) }, () => createPod(owner)),
        ...victims.slice(0, Math.max(0, -missing)).map(deletePod),
      ],
    };
  },
});

function createPod({ apiVersion, kind, metadata: { name, uid } }: ReplicaSet): Action {
  const ownerReferences = [{ apiVersion, kind, name, uid, controller: true }];
  return {
    type: "create",
    object: {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { generateName: `${name}-`, namespace: "default", ownerReferences },
    },
  };
}

function deletePod({ metadata: { name, uid } }: Pod): Action {
  return { type: "delete", target: { kind: "Pod", namespace: "default", name }, uid };
}

function aReplicaSet(replicas: number, name = "web"): NewObject {
  const spec = { replicas, selector: {} };
  const set: NewObject<ReplicaSet> = {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: { name, namespace: "default" },
    spec,
  };
  return set;
}

class World implements AsyncDisposable {
  readonly api = new ModelApi();
  readonly clock = new FakeClock();
  readonly log: string[] = [];
  readonly results: string[] = [];
  readonly #informers: ReflectedInformers;
  #running: AsyncDisposable | undefined;

  constructor() {
    const { clock } = this;
    const dependencies = { client: createClient(this.api), clock, random: () => 0, logger: this.#logger() };
    this.#informers = new ReflectedInformers(dependencies);
  }

  async run(...controllers: Controller[]): Promise<void> {
    this.#running = runControllers(controllers, {
      clientFor: () => createClient(this.api),
      informers: this.#informers,
      clock: this.clock,
      random: () => 0,
      logger: this.#logger(),
      metrics: { reconciled: (_, result) => this.results.push(result), queued: () => undefined },
    });
    await this.settle();
  }

  async settle(): Promise<void> {
    await this.clock.advance(0);
  }

  get pods(): readonly KubeObject[] {
    return this.api.objects("pods");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running?.[Symbol.asyncDispose]();
    await this.#informers[Symbol.asyncDispose]();
  }

  #logger(): Logger {
    const write = (level: string) => (message: string) => void this.log.push(`${level} ${message}`);
    const logger: Logger = {
      error: write("error"),
      warn: write("warn"),
      info: write("info"),
      debug: () => undefined,
      with: () => logger,
    };
    return logger;
  }
}

describe("runControllers", () => {
  test("brings what is there to the desired state, and keeps it there", async () => {
    await using world = new World();
    world.api.put("replicasets", aReplicaSet(3));
    await world.run(keeper);
    expect(world.pods).toHaveLength(3);
    world.api.remove("pods", world.pods[0]?.metadata ?? { name: "" });
    await world.settle();
    expect(world.pods).toHaveLength(3);
    world.api.put("replicasets", aReplicaSet(1));
    await world.settle();
    expect(world.pods).toHaveLength(1);
    expect(world.log).toEqual([]);
  });

  test("backs off while the server refuses, tells the plan why, and recovers", async () => {
    await using world = new World();
    world.api.put("replicasets", aReplicaSet(3));
    world.api.failWith(({ target, operation }) =>
      target.resource === "pods" && operation.verb === "create" ? forbidden(target, "x", "quota") : undefined,
    );
    await world.run(keeper);
    await world.clock.advance(5000);
    const creations = world.api.requests.filter((request) => request === "create pods").length;
    expect(creations, "one at a time, at growing intervals").toBeWithin(5, 15);
    const [event] = world.api.objects("events") as readonly Event[];
    expect(event?.message).toBe('pods "x" is forbidden: quota');
    world.api.failWith(undefined);
    await world.clock.advance(10_000);
    expect(world.pods).toHaveLength(3);
    expect(new Set(world.log)).toEqual(new Set(["warn Reconciling failed"]));
  });

  test("tries again after the longest time that the controller allows, however often it failed", async () => {
    const attemptsOf = async (controller: Controller): Promise<number> => {
      await using world = new World();
      world.api.put("replicasets", aReplicaSet(1));
      world.api.failWith(({ target, operation }) =>
        target.resource === "pods" && operation.verb === "create"
          ? forbidden(target, "x", "quota")
          : undefined,
      );
      await world.run(controller);
      await world.clock.advance(600_000);
      return world.api.requests.filter((request) => request === "create pods").length;
    };
    expect(await attemptsOf({ ...keeper, maxRetryMs: 10_000 })).toBeGreaterThan(60);
    expect(await attemptsOf(keeper)).toBeLessThan(20);
  });

  const broken: { name: string; controller: Controller; want: string }[] = [
    {
      name: "a plan that throws",
      controller: {
        ...keeper,
        plan: () => {
          throw new TypeError("broken");
        },
      },
      want: "error Reconciling crashed",
    },
    {
      name: "a plan that writes what is not declared",
      controller: { ...keeper, writes: ["Service"] },
      want: "error Reconciling crashed",
    },
  ];
  test.each(broken)("survives $name, writes nothing and backs off", async ({ controller, want }) => {
    await using world = new World();
    world.api.put("replicasets", aReplicaSet(1));
    await world.run(controller);
    await world.clock.advance(1000);
    expect(world.log.length).toBeWithin(3, 12);
    expect(new Set(world.log)).toEqual(new Set([want]));
    expect(world.pods).toEqual([]);
  });

  test("looks again after the time that a plan asks for", async () => {
    const looked: string[] = [];
    const timer: Controller = defineController<Date>({
      ...keeper,
      observe: (_ref, _caches, now) => now,
      plan: (now): Plan => {
        looked.push(now.toISOString().slice(17, 19));
        return { actions: [], requeueAfterMs: 10_000 };
      },
    });
    await using world = new World();
    world.api.put("replicasets", aReplicaSet(1));
    await world.run(timer);
    await world.clock.advance(25_000);
    expect(looked).toEqual(["00", "10", "20"]);
    expect(new Set(world.results)).toEqual(new Set(["done"]));
  });

  test("handles the changes after a write together", async () => {
    let attempts = 0;
    const calm: Controller = defineController<View>({
      ...keeper,
      name: "calm",
      restMs: 1000,
      observe: (...args) => {
        attempts += 1;
        return (keeper as Controller<View>).observe(...args);
      },
    });
    await using world = new World();
    world.api.put("replicasets", aReplicaSet(1));
    await world.run(calm);
    expect(world.pods).toHaveLength(1);
    expect(attempts).toBe(1);
    for (let replicas = 2; replicas < 10; replicas += 1) {
      world.api.put("replicasets", aReplicaSet(replicas));
      await world.clock.advance(50);
    }
    expect(attempts).toBe(1);
    await world.clock.advance(600);
    expect(world.pods).toHaveLength(9);
    await world.clock.advance(10_000);
    expect(attempts, "the last one finds nothing to do").toBe(3);
    world.api.put("replicasets", aReplicaSet(10));
    await world.settle();
    expect(world.pods).toHaveLength(10);
  });

  test("tells when something last changed, and announces who comes and goes", async () => {
    const seen: (string | undefined)[] = [];
    const time = (date: Date | undefined): string | undefined => date?.toISOString().slice(14, 19);
    const observer: Controller = defineController<View>({
      ...keeper,
      name: "observer",
      watches: [
        {
          kind: "ReplicaSet",
          wakes: "itself",
          announces: {
            added: ({ metadata }) => ({ type: "Normal", reason: "Came", message: metadata.name }),
            deleted: ({ metadata }) => ({ type: "Normal", reason: "Went", message: metadata.name }),
          },
        },
      ],
      signals: [{ kind: "ReplicaSet", name: "replicas", value: ({ spec }) => String(spec.replicas) }],
      observe: ({ namespace, name }, caches) => {
        seen.push(
          time(caches.changedAt("replicas", namespace, name)),
          time(caches.changedAt("replicas", "", "x")),
        );
        return undefined;
      },
    });
    await using world = new World();
    world.api.put("replicasets", aReplicaSet(1));
    await world.run(observer);
    await world.clock.advance(60_000);
    world.api.put("replicasets", {
      ...aReplicaSet(1),
      metadata: { ...aReplicaSet(1).metadata, labels: { a: "b" } },
    });
    await world.clock.advance(60_000);
    world.api.put("replicasets", aReplicaSet(2));
    await world.clock.advance(60_000);
    world.api.remove("replicasets", { namespace: "default", name: "web" });
    await world.clock.advance(60_000);
    expect(seen.filter((each) => each !== undefined)).toEqual(["00:00", "00:00", "02:00", "03:00"]);
    const events = world.api.objects("events") as readonly Event[];
    expect(events.map(({ reason, message }) => `${String(reason)} ${String(message)}`)).toEqual([
      "Came web",
      "Went web",
    ]);
  });

  test("stops without leaving timers or workers behind", async () => {
    const world = new World();
    world.api.put("replicasets", aReplicaSet(2));
    world.api.failWith(({ target }) =>
      target.resource === "pods" ? forbidden(target, "x", "no") : undefined,
    );
    await world.run(keeper);
    await world[Symbol.asyncDispose]();
    expect(world.clock.pending).toBe(0);
    const before = world.api.requests.length;
    world.api.put("replicasets", aReplicaSet(5));
    await world.clock.advance(60_000);
    expect(world.api.requests).toHaveLength(before);
  });

  test("refuses two controllers of one name", () => {
    expect(() => new World().run(keeper, keeper)).toThrow('Two controllers are named "keeper"');
  });
});

describe("read your writes", () => {
  type Step =
    | { readonly type: "deliver"; readonly count: number }
    | { readonly type: "scale"; readonly replicas: number }
    | { readonly type: "kill" }
    | { readonly type: "wait"; readonly ms: number }
    | { readonly type: "disconnect" };
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ type: fc.constant("deliver" as const), count: fc.constantFrom(1, 1, 2) }),
    fc.record({ type: fc.constant("scale" as const), replicas: fc.constantFrom(2, 4) }),
    fc.record({ type: fc.constant("kill" as const) }),
    fc.record({ type: fc.constant("wait" as const), ms: fc.constantFrom(1, 1, 2000) }),
    fc.record({ type: fc.constant("disconnect" as const) }),
  );

  test("a deletion that the caches do not show yet is not made up for", async () => {
    await using world = new World();
    world.api.put("replicasets", aReplicaSet(4));
    await world.run(keeper);
    world.api.hold();
    world.api.put("replicasets", aReplicaSet(2));
    world.api.release(1);
    await world.clock.advance(1);
    world.api.release(1);
    await world.settle();
    expect(world.pods).toHaveLength(2);
  });

  test("however late events arrive, nothing is created or deleted twice, and all ends well", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        await using world = new World();
        world.api.put("replicasets", aReplicaSet(4));
        await world.run(keeper);
        world.api.hold();
        let replicas = 4;
        /** As far as the controller can know, its owner asks for one of these. */
        const asked = new Set([4]);
        let killed = 0;
        for (const each of steps) {
          switch (each.type) {
            case "deliver":
              world.api.release(each.count);
              break;
            case "scale":
              replicas = each.replicas;
              asked.add(replicas);
              world.api.put("replicasets", aReplicaSet(replicas));
              break;
            case "kill":
              killed += Number(world.pods.length > 0);
              world.api.remove("pods", world.pods[0]?.metadata ?? { name: "" });
              break;
            case "wait":
              await world.clock.advance(each.ms);
              break;
            case "disconnect":
              world.api.disconnect(new Error("connection lost"));
          }
          await world.settle();
          expect(world.pods.length).toBeLessThanOrEqual(Math.max(...asked));
          expect(world.pods.length).toBeGreaterThanOrEqual(Math.min(...asked) - killed);
        }
        world.api.release();
        await world.clock.advance(120_000);
        expect(world.pods).toHaveLength(replicas);
      }),
      { numRuns: 200 },
    );
  });
});
