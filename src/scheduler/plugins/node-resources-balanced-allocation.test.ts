import { describe, expect, test } from "bun:test";
import type { Node, Pod } from "#api/generated/core-v1.ts";
import { aNode, aPod } from "#testing/objects.ts";
import { points } from "#testing/scheduling.ts";
import { nodeResourcesBalancedAllocationPlugin } from "./node-resources-balanced-allocation.ts";

type Amounts = Readonly<Record<string, string>>;

const node = (name: string, allocatable: Amounts): Node => aNode(name, { status: { allocatable } });

const podOf = (requests: Amounts, nodeName?: string): Pod =>
  aPod(`pod-${nodeName ?? "new"}`, {
    spec: {
      containers: [{ name: "app", image: "app:1", resources: { requests } }],
      ...(nodeName !== undefined && { nodeName }),
    },
  });

describe("nodeResourcesBalancedAllocationPlugin", () => {
  const nodes = [node("n", { cpu: "10", memory: "10Gi" })];
  const cases: { name: string; requests: Amounts; pods?: Pod[]; want: number }[] = [
    { name: "a pod that keeps the balance", requests: { cpu: "5", memory: "5Gi" }, want: 75 },
    // Deviation (0.6 - 0.2) / 2: 80 with the pod and 100 without: 50 + (50 - 20) / 2.
    { name: "a pod that upsets it", requests: { cpu: "6", memory: "2Gi" }, want: 65 },
    {
      name: "a pod that restores it",
      requests: { cpu: "2", memory: "6Gi" },
      pods: [podOf({ cpu: "6", memory: "2Gi" }, "n")],
      want: 85,
    },
    { name: "a pod that asks for CPU only", requests: { cpu: "10" }, want: 50 },
    { name: "more than the node has", requests: { cpu: "20", memory: "20Gi" }, want: 75 },
  ];

  test.each(cases)("gives $want to $name", ({ requests, pods = [], want }) => {
    expect(points(nodeResourcesBalancedAllocationPlugin, podOf(requests), { nodes, pods })).toEqual({
      n: want,
    });
  });

  test("does not look at pods that ask for nothing", () => {
    expect(points(nodeResourcesBalancedAllocationPlugin, podOf({}), { nodes })).toBe("skip");
  });

  test("has nothing to balance on a node without memory", () => {
    const bare = [node("n", { cpu: "10" })];
    expect(points(nodeResourcesBalancedAllocationPlugin, podOf({ cpu: "5" }), { nodes: bare })).toEqual({
      n: 75,
    });
  });
});
