import { describe, expect, test } from "bun:test";
import type { Pod } from "#api/generated/core-v1.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { aNode, aPod } from "#testing/objects.ts";
import { aFramework } from "#testing/scheduling.ts";
import type { ClusterEvent } from "../framework/cluster-event.ts";
import { podInfoOf } from "../framework/pod-info.ts";
import { nodeResourcesFitPlugin } from "../plugins/node-resources-fit.ts";
import { nodeUnschedulablePlugin } from "../plugins/node-unschedulable.ts";
import { schedulingGatesPlugin } from "../plugins/scheduling-gates.ts";
import type { QueuedPod } from "./queued-pod.ts";
import { QUEUE_DEFAULTS, SchedulingQueue } from "./scheduling-queue.ts";

const FIT = new Set(["NodeResourcesFit"]);
const NONE = new Set<string>();

/** A node that is large enough for every pod of these tests. */
const NEW_NODE: ClusterEvent = {
  resource: "Node",
  action: "Add",
  change: { object: aNode("n", { status: { allocatable: { cpu: "8", pods: "110" } } }) },
};
const OPENED: ClusterEvent = {
  resource: "Node",
  action: "UpdateNodeTaint",
  change: { previous: aNode("n", { spec: { unschedulable: true } }), object: aNode("n") },
};

function aQueue() {
  const clock = new FakeClock();
  const incoming: string[] = [];
  const framework = aFramework(schedulingGatesPlugin, nodeUnschedulablePlugin, nodeResourcesFitPlugin);
  const queue = new SchedulingQueue(QUEUE_DEFAULTS, {
    clock,
    frameworks: new Map([["default-scheduler", framework]]),
    onIncoming: (part, event) => incoming.push(`${part} ${event}`),
  });
  const add = (name: string, spec: Partial<Pod["spec"]> = {}): Pod => {
    const pod = aPod(name, { spec });
    queue.add(podInfoOf(pod));
    return pod;
  };
  /** Takes a pod that must be there. */
  const take = (): QueuedPod => {
    const queued = queue.take();
    if (queued === undefined) throw new Error("The queue is empty");
    return queued;
  };
  /** Takes a pod and puts it back rejected, or after a failure. */
  const fail = (rejectors: ReadonlySet<string> = FIT): QueuedPod => {
    const queued = take();
    queue.putBack(queued, queued.info, rejectors);
    return queued;
  };
  const names = (): readonly string[] => {
    const all: string[] = [];
    for (let queued = queue.take(); queued !== undefined; queued = queue.take()) all.push(nameOf(queued));
    return all;
  };
  return { queue, clock, incoming, add, take, fail, names };
}

function nameOf({ info }: QueuedPod): string {
  return info.pod.metadata.name;
}

describe("SchedulingQueue", () => {
  test("gives the most important pod first, then the one that has waited longest", async () => {
    const { clock, add, names } = aQueue();
    add("plain-1");
    await clock.advance(5);
    add("plain-2");
    add("plain-3");
    add("urgent", { priority: 1000 });
    add("unimportant", { priority: -1 });
    expect(names()).toEqual(["urgent", "plain-1", "plain-2", "plain-3", "unimportant"]);
  });

  test("wakes who waits for a pod", async () => {
    const { queue, add, names } = aQueue();
    const ready = queue.ready();
    add("a");
    expect(await ready).toBe(true);
    expect(names()).toEqual(["a"]);
  });

  test("ends the wait when it is disposed, and leaves no timer behind", async () => {
    const { queue, clock, add, fail } = aQueue();
    add("a");
    fail();
    const ready = queue.ready();
    queue[Symbol.dispose]();
    expect(await ready).toBe(false);
    expect(clock.pending).toBe(0);
  });

  test("keeps a rejected pod until something happens that may help", () => {
    const { queue, add, fail, names } = aQueue();
    add("a");
    fail();
    queue.onEvent(OPENED);
    expect(names()).toEqual([]);
    expect(queue.lengths).toEqual({ active: 0, backoff: 0, unschedulable: 1, gated: 0 });
    queue.onEvent(NEW_NODE);
    expect(queue.lengths).toEqual({ active: 0, backoff: 1, unschedulable: 0, gated: 0 });
  });

  test("asks the hint of the plugin that rejected the pod", () => {
    const { queue, add, fail } = aQueue();
    add("a", {
      containers: [{ name: "app", image: "app:1", resources: { requests: { cpu: "100" } } }],
    });
    fail();
    queue.onEvent(NEW_NODE);
    expect(queue.lengths).toMatchObject({ backoff: 0, unschedulable: 1 });
  });

  test("leaves pods out that the event is not meant for", () => {
    const { queue, add, fail } = aQueue();
    add("a");
    fail();
    queue.onEvent(NEW_NODE, () => false);
    expect(queue.lengths).toMatchObject({ backoff: 0, unschedulable: 1 });
  });

  test("tries a pod that backs off early when there is nothing else to do", () => {
    const { queue, add, fail, names } = aQueue();
    add("a");
    fail();
    add("b");
    queue.onEvent(NEW_NODE);
    expect(names()).toEqual(["b", "a"]);
  });

  test("does not try a pod early whose attempt failed", async () => {
    const { clock, add, fail, names } = aQueue();
    add("a");
    fail(NONE);
    expect(names()).toEqual([]);
    await clock.advance(2000);
    expect(names()).toEqual(["a"]);
  });

  /** The windows of a second make each wait up to one longer. */
  test("doubles the backoff from 1 s to 10 s", async () => {
    const { queue, clock, add, fail } = aQueue();
    add("a");
    const waits: number[] = [];
    for (let attempt = 0; attempt < 6; attempt += 1) {
      fail(NONE);
      let waited = 0;
      for (; queue.lengths.active === 0; waited += 1000) await clock.advance(1000);
      waits.push(waited / 1000 - 1);
    }
    expect(waits).toEqual([1, 2, 4, 8, 10, 10]);
  });

  test("ends the backoff of failures with the first attempt that does not fail", () => {
    const { queue, add, fail } = aQueue();
    add("a");
    const queued = fail(NONE);
    expect(queued.failures).toBe(1);
    queue.activate(queued.info.pod.metadata.uid);
    fail();
    expect(queued).toMatchObject({ failures: 0, rejections: 1, attempts: 2 });
  });

  test("tries a pod again after 5 minutes, in case an event was missed", async () => {
    const { clock, add, fail, names, incoming } = aQueue();
    add("a");
    fail();
    await clock.advance(300_000);
    expect(names()).toEqual([]);
    await clock.advance(30_000);
    expect(names()).toEqual(["a"]);
    expect(incoming.at(-1)).toBe("active UnschedulableTimeout");
  });

  test("does not let a gated pod be tried before its last gate is gone", async () => {
    const { queue, clock, add, names } = aQueue();
    const gated = add("a", { schedulingGates: [{ name: "example.com/wait" }] });
    queue.onEvent(NEW_NODE);
    await clock.advance(600_000);
    expect(names()).toEqual([]);
    expect(queue.lengths).toMatchObject({ unschedulable: 0, gated: 1 });
    queue.update(gated, podInfoOf(aPod("a")));
    expect(queue.lengths.gated).toBe(0);
    expect(names()).toEqual(["a"]);
  });

  test("keeps a pod with one gate left out", () => {
    const { queue, add, names } = aQueue();
    const gates = [{ name: "example.com/one" }, { name: "example.com/two" }];
    const gated = add("a", { schedulingGates: gates });
    queue.update(gated, podInfoOf(aPod("a", { spec: { schedulingGates: gates.slice(1) } })));
    expect(names()).toEqual([]);
    expect(queue.lengths.gated).toBe(1);
  });

  test("tries a rejected pod again when it asks for less", () => {
    const { queue, add, fail } = aQueue();
    const requesting = (cpu: string) => ({
      containers: [{ name: "app", image: "app:1", resources: { requests: { cpu } } }],
    });
    const pod = add("a", requesting("2"));
    fail();
    queue.update(pod, podInfoOf(aPod("a", { spec: requesting("1"), annotations: { x: "y" } })));
    expect(queue.lengths).toMatchObject({ backoff: 1, unschedulable: 0 });
  });

  test("does not try a rejected pod again for a change that cannot help", () => {
    const { queue, add, fail } = aQueue();
    const pod = add("a");
    fail();
    queue.update(pod, podInfoOf(aPod("a", { annotations: { x: "y" } })));
    expect(queue.lengths).toMatchObject({ active: 0, backoff: 0, unschedulable: 1 });
  });

  test("knows the latest state of a pod wherever it waits", () => {
    const { queue, add, take } = aQueue();
    const pod = add("a");
    queue.update(pod, podInfoOf(aPod("a", { annotations: { x: "y" } })));
    expect(take().info.pod.metadata.annotations).toEqual({ x: "y" });
  });

  test("changes a pod's place with its priority", () => {
    const { queue, add, names } = aQueue();
    add("a");
    const pod = add("b");
    queue.update(pod, podInfoOf(aPod("b", { spec: { priority: 10 } })));
    expect(names()).toEqual(["b", "a"]);
  });

  test("adds a pod that it does not know", () => {
    const { queue, names } = aQueue();
    queue.update(aPod("a"), podInfoOf(aPod("a")));
    expect(names()).toEqual(["a"]);
  });

  test.each([
    ["active", (): void => undefined],
    ["unschedulable", ({ fail }: ReturnType<typeof aQueue>): void => void fail()],
    ["backoff", ({ fail }: ReturnType<typeof aQueue>): void => void fail(NONE)],
  ] as const)("forgets a deleted pod that is %s", (_part, prepare) => {
    const world = aQueue();
    const pod = world.add("a");
    prepare(world);
    world.queue.delete(pod.metadata.uid);
    expect(world.queue.lengths).toEqual({ active: 0, backoff: 0, unschedulable: 0, gated: 0 });
  });

  test("does not try a pod while it is held, and remembers what wanted it tried", () => {
    const { queue, add, fail, names } = aQueue();
    const pod = add("a");
    fail();
    const hold = queue.hold(pod.metadata.uid);
    queue.onEvent(NEW_NODE);
    expect(names()).toEqual([]);
    hold[Symbol.dispose]();
    expect(names()).toEqual(["a"]);
  });

  test("leaves a pod waiting that nothing wanted while it was held", () => {
    const { queue, add, fail, names } = aQueue();
    const pod = add("a");
    fail();
    queue.hold(pod.metadata.uid)[Symbol.dispose]();
    expect(names()).toEqual([]);
  });

  test("tries a pod at once when it is told to", () => {
    const { queue, add, fail } = aQueue();
    const pod = add("a");
    fail();
    queue.activate(pod.metadata.uid);
    expect(queue.lengths.active).toBe(1);
  });

  test("says why pods come and where to", () => {
    const { queue, add, fail, incoming } = aQueue();
    add("a");
    fail();
    queue.onEvent(NEW_NODE);
    expect(incoming).toEqual([
      "active UnschedulablePodAdd",
      "unschedulable ScheduleAttemptFailure",
      "backoff NodeAdd",
    ]);
  });
});
