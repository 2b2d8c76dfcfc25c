/** Failures of the scheduler, and of what it writes. */
import { afterEach, describe, expect, test } from "bun:test";
import { internalError, type StatusError, serviceUnavailable } from "#apimachinery/status-error.ts";
import { aScheduledCluster, type ScheduledCluster, type SchedulerWrites } from "./scheduled-cluster.ts";

let world: ScheduledCluster;
afterEach(() => world[Symbol.asyncDispose]());

type Write = () => Promise<unknown>;

/** What becomes of the writes of each kind; default: they are made. */
interface Faults {
  readonly bind?: (write: Write, pod: string, signal: AbortSignal) => Promise<unknown>;
  readonly patch?: (write: Write) => Promise<unknown>;
}

function withFaults({ bind, patch }: Faults): (client: SchedulerWrites) => SchedulerWrites {
  const make = (write: Write): Promise<unknown> => write();
  return (client) => ({
    create: client.create.bind(client),
    delete: client.delete.bind(client),
    // What a faulty server answers is what the real one did, or nothing.
    patch: ((...parameters: Parameters<typeof client.patch>) =>
      (patch ?? make)(() => client.patch(...parameters))) as typeof client.patch,
    createSubresource: (kind, name, subresource, body, options) =>
      (bind ?? make)(
        () => client.createSubresource(kind, name, subresource, body, options),
        name.name,
        options.signal,
      ),
  });
}

/** Fails so many times, then does what it should. */
function failing(times: number, error: StatusError): (write: Write) => Promise<unknown> {
  let left = times;
  return (write) => {
    left -= 1;
    return left >= 0 ? Promise.reject(error) : write();
  };
}

describe("a binding that fails", () => {
  test("is said and tried again, after a second, until it is made", async () => {
    world = await aScheduledCluster({ clientOf: withFaults({ bind: failing(2, internalError("boom")) }) });
    await world.addNode("n");
    await world.addPod("a");
    await world.settle();
    expect(await world.placements()).toEqual({ a: "" });
    const { status } = await world.pod("a");
    expect(status?.conditions).toMatchObject([
      {
        type: "PodScheduled",
        status: "False",
        reason: "SchedulerError",
        message: 'running Bind plugin "DefaultBinder": Internal error occurred: boom',
      },
    ]);
    expect(await world.eventTexts("a")).toEqual([
      'Warning FailedScheduling: running Bind plugin "DefaultBinder": Internal error occurred: boom',
    ]);
    await world.cluster.advance(1000);
    expect(await world.placements()).toEqual({ a: "" });
    await world.cluster.advance(5000);
    expect(await world.placements()).toEqual({ a: "n" });
  });

  test("leaves the room to others", async () => {
    const fail = failing(1, internalError("boom"));
    world = await aScheduledCluster({
      clientOf: withFaults({ bind: (write, pod) => (pod === "a" ? fail(write) : write()) }),
    });
    await world.addNode("n", { allocatable: { cpu: "1" } });
    await world.addPod("a", { cpu: "1" });
    await world.addPod("b", { cpu: "1" });
    await world.settle();
    await world.cluster.advance(5000);
    expect(await world.placements()).toEqual({ a: "", b: "n" });
  });

  test("only in its answer leaves the pod where it is", async () => {
    world = await aScheduledCluster({
      clientOf: withFaults({
        bind: async (write) => {
          await write();
          throw serviceUnavailable("the answer is lost");
        },
      }),
    });
    await world.addNode("n", { allocatable: { cpu: "1" } });
    await world.addPod("a", { cpu: "1" });
    await world.addPod("b", { cpu: "1" });
    await world.settle();
    await world.cluster.advance(20_000);
    expect(await world.placements()).toEqual({ a: "n", b: "" });
    expect((await world.pod("a")).status?.conditions).toMatchObject([
      { type: "PodScheduled", status: "True" },
    ]);
  });

  test("because the pod was deleted meanwhile is forgotten", async () => {
    world = await aScheduledCluster({
      clientOf: withFaults({
        bind: async (write, pod) => {
          await world.client.delete("Pod", { namespace: "default", name: pod }, { gracePeriodSeconds: 0 });
          return await write();
        },
      }),
    });
    await world.addNode("n", { allocatable: { cpu: "1" } });
    await world.addPod("a", { cpu: "1" });
    await world.settle();
    await world.cluster.advance(20_000);
    expect(await world.placements()).toEqual({});
    expect(await world.eventTexts("a")).toEqual([]);
  });
});

test("a reason that could not be written is written when the server is back", async () => {
  world = await aScheduledCluster({
    clientOf: withFaults({ patch: failing(2, serviceUnavailable("not now")) }),
  });
  await world.addNode("n", { allocatable: { cpu: "1" } });
  await world.addPod("a", { cpu: "2" });
  await world.settle();
  expect(await world.whyWaiting("a")).toBe("");
  await world.cluster.advance(1000);
  expect(await world.whyWaiting("a")).toMatch(/^0\/1 nodes are available: 1 Insufficient cpu\./);
});

test("another scheduler goes on where the last one ended in the middle", async () => {
  let bindings = 0;
  world = await aScheduledCluster({
    clientOf: withFaults({
      bind: (write, _pod, signal) => {
        bindings += 1;
        // From some point on the first scheduler gets no answer; of some requests nobody knows whether they arrived.
        if (bindings <= 40 || bindings > 80) return write();
        return bindings % 2 === 0 ? untilAborted(signal) : write().then(() => untilAborted(signal));
      },
    }),
  });
  for (let index = 0; index < 10; index += 1) {
    await world.addNode(`n${String(index)}`, { allocatable: { cpu: "1" } });
  }
  for (let index = 0; index < 100; index += 1) await world.addPod(`p${String(index)}`, { cpu: "100m" });
  await world.settle();
  const before = Object.entries(await world.placements()).filter(([, node]) => node !== "");
  expect(before.length).toBeGreaterThan(40);
  await world.restartScheduler();
  await world.settle();
  const after = await world.placements();
  expect(after).toMatchObject(Object.fromEntries(before));
  const perNode = Object.values(Object.groupBy(Object.values(after), (node) => node)).map(
    (all) => all?.length,
  );
  expect(perNode).toEqual(Array.from({ length: 10 }, () => 10));
});

/** What a request comes to that is never answered. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}
