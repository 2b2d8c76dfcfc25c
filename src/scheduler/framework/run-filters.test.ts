import { describe, expect, test } from "bun:test";
import { aNode, aPod } from "#testing/objects.ts";
import { aCycle, aFramework } from "#testing/scheduling.ts";
import { interPodAffinityPlugin } from "../plugins/inter-pod-affinity/inter-pod-affinity.ts";
import { nodeResourcesFitPlugin } from "../plugins/node-resources-fit.ts";
import { definePlugin, type Plugin, type PreFilterOutcome } from "./plugin.ts";
import { podInfoOf } from "./pod-info.ts";
import { runFiltersWithNominated, runPreFilters } from "./run-filters.ts";
import { SKIP, unresolvable, unschedulable } from "./status.ts";

const nodes = [aNode("n1"), aNode("n2"), aNode("n3")];

/** A filter that prepares itself like this. */
function preparing(name: string, outcome: PreFilterOutcome<undefined>): Plugin {
  return definePlugin({ name, preFilter: () => outcome, filter: () => undefined });
}

const only = (name: string, ...nodeNames: readonly string[]): Plugin =>
  preparing(name, { state: undefined, nodeNames: new Set(nodeNames) });

function prepare(...plugins: readonly Plugin[]) {
  return runPreFilters(aFramework(...plugins), podInfoOf(aPod("a")), aCycle({ nodes }));
}

describe("runPreFilters", () => {
  test("leaves out the filters that have nothing to say about the pod", () => {
    const { filters } = prepare(preparing("Idle", SKIP), preparing("Busy", { state: undefined }));
    expect(filters.map(({ plugin }) => plugin.name)).toEqual(["Busy"]);
  });

  test("looks at the nodes that all plugins agree on", () => {
    expect(prepare(only("B", "n1", "n2"), only("A", "n2", "n3"))).toMatchObject({
      type: "ready",
      only: { nodeNames: new Set(["n2"]), plugins: ["A", "B"] },
    });
  });

  test.each([
    { plugins: [only("A")], reason: "node(s) didn't satisfy plugin A" },
    {
      plugins: [only("B", "n1"), only("A", "n2")],
      reason: "node(s) didn't satisfy plugin(s) [A B] simultaneously",
    },
  ])("rejects the pod when no node is left: $reason", ({ plugins, reason }) => {
    expect(prepare(...plugins)).toMatchObject({ type: "rejected", rejection: unresolvable(reason) });
  });

  test("asks the other plugins as well when preemption may help", () => {
    const rejected = prepare(
      preparing("A", { rejection: unschedulable("full") }),
      preparing("B", { state: undefined }),
    );
    expect(rejected).toMatchObject({ type: "rejected", plugins: ["A"], rejection: unschedulable("full") });
    expect(rejected.filters.map(({ plugin }) => plugin.name)).toEqual(["B"]);
  });

  test("asks nobody else when nothing helps", () => {
    const rejected = prepare(
      preparing("A", { rejection: unresolvable("never") }),
      preparing("B", { state: undefined }),
    );
    expect(rejected).toMatchObject({ type: "rejected", plugins: ["A"], filters: [] });
  });
});

describe("runFiltersWithNominated", () => {
  const small = aNode("n", { status: { allocatable: { cpu: "1", pods: "110" } } });
  const asking = (name: string, priority: number, cpu = "1") =>
    podInfoOf(
      aPod(name, {
        labels: { app: name },
        spec: { priority, containers: [{ name: "c", image: "c:1", resources: { requests: { cpu } } }] },
      }),
    );

  function verdict(pod: ReturnType<typeof asking>, promised: ReturnType<typeof asking>): readonly string[] {
    const cycle = aCycle({ nodes: [small] });
    const { filters } = runPreFilters(aFramework(nodeResourcesFitPlugin), pod, cycle);
    const [node] = cycle.snapshot.nodes;
    if (node === undefined) throw new TypeError("There is no node");
    return runFiltersWithNominated(filters, pod, node, { on: () => [promised] })?.reasons ?? [];
  }

  test.each([
    { name: "a more important pod", priority: 10, want: ["Insufficient cpu"] },
    { name: "an equally important pod", priority: 5, want: ["Insufficient cpu"] },
    { name: "a less important pod", priority: 1, want: [] },
  ])("leaves the room alone that $name was promised: $want", ({ priority, want }) => {
    expect(verdict(asking("a", 5), asking("b", priority))).toEqual(want);
  });

  test("does not count the room that the pod itself was promised", () => {
    expect(verdict(asking("a", 5), asking("a", 5))).toEqual([]);
  });

  test("does not count on the company of a pod that may yet go elsewhere", () => {
    const cycle = aCycle({ nodes: [aNode("n", { labels: { zone: "1" } })] });
    const affinity = {
      podAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: "zone", labelSelector: { matchLabels: { app: "b" } } },
        ],
      },
    };
    const pod = podInfoOf(aPod("a", { spec: { affinity } }));
    const { filters } = runPreFilters(aFramework(interPodAffinityPlugin), pod, cycle);
    const [node] = cycle.snapshot.nodes;
    if (node === undefined) throw new TypeError("There is no node");
    const rejection = runFiltersWithNominated(filters, pod, node, { on: () => [asking("b", 10, "0")] });
    expect(rejection?.reasons).toEqual(["node(s) didn't match pod affinity rules"]);
  });
});
