import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Node, Pod } from "#api/generated/core-v1.ts";
import { aNode, aPod } from "#testing/objects.ts";
import { podInfoOf } from "../framework/pod-info.ts";
import type { Snapshot } from "../framework/snapshot.ts";
import { SchedulerCache } from "./scheduler-cache.ts";

const requests = (cpu: string) => [{ name: "app", image: "app:1", resources: { requests: { cpu } } }];

function podOn(nodeName: string, name = "a", cpu = "1"): Pod {
  return aPod(name, { spec: { nodeName, containers: requests(cpu) } });
}

function waiting(name = "a"): Pod {
  return aPod(name, { spec: { containers: requests("1") } });
}

function inZone(name: string, zone: string): Node {
  return aNode(name, { labels: { "topology.kubernetes.io/zone": zone } });
}

/** The names of the pods on each node, in order. */
function podsOf({ nodes }: Snapshot): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    nodes.map(({ name, pods }) => [name, pods.map(({ pod }) => pod.metadata.name).toSorted()]),
  );
}

function uid(name: string): string {
  return aPod(name).metadata.uid;
}

describe("SchedulerCache", () => {
  test("counts an assumed pod, and does not count it twice when it is there", () => {
    const cache = new SchedulerCache();
    cache.putNode(aNode("n"));
    cache.assumePod(podInfoOf(waiting()), "n");
    expect(cache.isAssumed(uid("a"))).toBe(true);
    expect(cache.snapshot().get("n")?.requested.milliCPU).toBe(1000);
    cache.putPod(podOn("n"));
    expect(cache.isAssumed(uid("a"))).toBe(false);
    expect(cache.snapshot().get("n")?.requested.milliCPU).toBe(1000);
    expect(cache.size).toEqual({ nodes: 1, pods: 1, assumedPods: 0 });
  });

  test("believes the API server when the pod went elsewhere than was assumed", () => {
    const cache = new SchedulerCache();
    for (const name of ["n1", "n2"]) cache.putNode(aNode(name));
    cache.assumePod(podInfoOf(waiting()), "n1");
    cache.putPod(podOn("n2"));
    expect(podsOf(cache.snapshot())).toEqual({ n1: [], n2: ["a"] });
  });

  test("takes an assumption back, but never a fact", () => {
    const cache = new SchedulerCache();
    cache.putNode(aNode("n"));
    cache.assumePod(podInfoOf(waiting("a")), "n");
    cache.putPod(podOn("n", "b"));
    expect([cache.forgetPod(uid("a")), cache.forgetPod(uid("b")), cache.forgetPod("unknown")]).toEqual([
      true,
      false,
      false,
    ]);
    expect(podsOf(cache.snapshot())).toEqual({ n: ["b"] });
  });

  test("refuses to assume a pod twice: that would be a bug", () => {
    const cache = new SchedulerCache();
    cache.putNode(aNode("n"));
    cache.assumePod(podInfoOf(waiting()), "n");
    expect(() => cache.assumePod(podInfoOf(waiting()), "n")).toThrow(
      new RangeError('Cannot assume pod "a": it is on a node already'),
    );
  });

  test("keeps the pods of a node that is gone for when it comes back", () => {
    const cache = new SchedulerCache();
    cache.putNode(aNode("n"));
    cache.putPod(podOn("n"));
    cache.removeNode("n");
    expect(cache.snapshot().nodes).toEqual([]);
    cache.putNode(aNode("n"));
    expect(podsOf(cache.snapshot())).toEqual({ n: ["a"] });
  });

  test("knows pods before it knows their node", () => {
    const cache = new SchedulerCache();
    cache.putPod(podOn("n"));
    expect(cache.snapshot().nodes).toEqual([]);
    cache.putNode(aNode("n"));
    expect(podsOf(cache.snapshot())).toEqual({ n: ["a"] });
  });

  test("follows a change of what a pod asks for", () => {
    const cache = new SchedulerCache();
    cache.putNode(aNode("n"));
    cache.putPod(podOn("n", "a", "1"));
    cache.putPod(podOn("n", "a", "3"));
    expect(cache.snapshot().get("n")?.requested.milliCPU).toBe(3000);
  });

  test("lets zones take turns", () => {
    const cache = new SchedulerCache();
    for (const name of ["a1", "a2", "a3"]) cache.putNode(inZone(name, "a"));
    for (const name of ["b1", "b2"]) cache.putNode(inZone(name, "b"));
    cache.putNode(aNode("c1"));
    expect(cache.snapshot().nodes.map(({ name }) => name)).toEqual(["a1", "b1", "c1", "a2", "b2", "a3"]);
    cache.putNode(inZone("a1", "b"));
    expect(cache.snapshot().nodes.map(({ name }) => name)).toEqual(["a2", "b1", "c1", "a3", "b2", "a1"]);
  });

  test("gives the same snapshot as long as nothing changes, and never changes one", () => {
    const cache = new SchedulerCache();
    cache.putNode(aNode("n"));
    const before = cache.snapshot();
    expect(cache.snapshot()).toBe(before);
    cache.putPod(podOn("n"));
    expect(podsOf(before)).toEqual({ n: [] });
    expect(podsOf(cache.snapshot())).toEqual({ n: ["a"] });
  });

  test("shares with the next snapshot the nodes that have not changed", () => {
    const cache = new SchedulerCache();
    for (const name of ["n1", "n2"]) cache.putNode(aNode(name));
    const before = cache.snapshot();
    cache.putPod(podOn("n1"));
    const after = cache.snapshot();
    expect(after.get("n2")).toBe(before.get("n2"));
    expect(after.get("n1")).not.toBe(before.get("n1"));
  });

  test("counts on how many nodes an image is", () => {
    const withImage = (name: string) =>
      aNode(name, { status: { images: [{ names: ["app:1"], sizeBytes: 10 }] } });
    const cache = new SchedulerCache();
    for (const name of ["n1", "n2"]) cache.putNode(withImage(name));
    cache.putNode(aNode("n3"));
    const before = cache.snapshot();
    cache.removeNode("n1");
    cache.putNode(aNode("n2"));
    expect(before.imageSpread("app:1")).toBe(2);
    expect(cache.snapshot().imageSpread("app:1")).toBe(0);
  });

  test("is after any history what it would be when it had come to know only the end of it", () => {
    const node = fc.constantFrom("n1", "n2", "n3");
    const pod = fc.constantFrom("a", "b", "c", "d");
    const change = fc.oneof(
      fc.record({ type: fc.constantFrom("putNode", "removeNode"), node }),
      fc.record({ type: fc.constantFrom("putPod", "assumePod"), pod, node }),
      fc.record({ type: fc.constantFrom("removePod", "forgetPod", "snapshot"), pod }),
    );
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
        const cache = new SchedulerCache();
        const nodes = new Set<string>();
        const placed = new Map<string, { node: string; isAssumed: boolean }>();
        for (const each of changes) apply(each, cache, nodes, placed);
        const expected = Object.fromEntries(
          [...nodes].map((name) => [
            name,
            [...placed]
              .filter(([, at]) => at.node === name)
              .map(([pod]) => pod)
              .toSorted(),
          ]),
        );
        expect(podsOf(cache.snapshot())).toEqual(expected);
        for (const { pods, requested } of cache.snapshot().nodes) {
          expect(requested.milliCPU).toBe(1000 * pods.length);
        }
        expect(cache.size.assumedPods).toBe([...placed.values()].filter(({ isAssumed }) => isAssumed).length);
      }),
    );
  });
});

interface Step {
  readonly type: string;
  readonly node?: string;
  readonly pod?: string;
}

/** The same step for the cache and for a model of it. */
function apply(
  { type, node = "", pod = "" }: Step,
  cache: SchedulerCache,
  nodes: Set<string>,
  placed: Map<string, { node: string; isAssumed: boolean }>,
): void {
  switch (type) {
    case "putNode":
      cache.putNode(aNode(node));
      nodes.add(node);
      return;
    case "removeNode":
      cache.removeNode(node);
      nodes.delete(node);
      return;
    case "putPod":
      cache.putPod(podOn(node, pod));
      placed.set(pod, { node, isAssumed: false });
      return;
    case "assumePod":
      if (placed.has(pod)) return;
      cache.assumePod(podInfoOf(waiting(pod)), node);
      placed.set(pod, { node, isAssumed: true });
      return;
    case "removePod":
      cache.removePod(uid(pod));
      placed.delete(pod);
      return;
    case "forgetPod":
      cache.forgetPod(uid(pod));
      if (placed.get(pod)?.isAssumed === true) placed.delete(pod);
      return;
    case "snapshot":
      cache.snapshot();
      return;
    default:
      throw new TypeError(`There is no step "${type}"`);
  }
}
