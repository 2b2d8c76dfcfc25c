import { describe, expect, test } from "bun:test";
import type { Container, Node, Pod, PodSpec } from "#api/generated/core-v1.ts";
import { aNode, aPod } from "#testing/objects.ts";
import { points, verdicts, wantsRetry } from "#testing/scheduling.ts";
import { nodeResourcesFitPlugin } from "./node-resources-fit.ts";

type Amounts = Readonly<Record<string, string>>;

const node = (name: string, allocatable: Amounts): Node =>
  aNode(name, { status: { allocatable: { pods: "110", ...allocatable } } });

const container = (requests: Amounts, more: Partial<Container> = {}): Container => ({
  name: "app",
  image: "app:1",
  resources: { requests },
  ...more,
});

function podOf(requests: Amounts, { name = "a", ...spec }: Partial<PodSpec> & { name?: string } = {}): Pod {
  return aPod(name, { spec: { containers: [container(requests)], ...spec } });
}

const running = (requests: Amounts): Pod => podOf(requests, { name: "b", nodeName: "n" });

describe("the filter", () => {
  const small = node("n", { cpu: "1", memory: "1Gi", "ephemeral-storage": "1Gi", "example.com/gpu": "2" });
  const cases: { name: string; pod: Pod; pods?: Pod[]; on?: Node; want: string }[] = [
    { name: "a pod that asks for nothing", pod: podOf({}), want: "fits" },
    { name: "a pod that fits", pod: podOf({ cpu: "1", memory: "1Gi" }), want: "fits" },
    { name: "what is left", pod: podOf({ cpu: "600m" }), pods: [running({ cpu: "400m" })], want: "fits" },
    {
      name: "less than it needs is left",
      pod: podOf({ cpu: "601m" }),
      pods: [running({ cpu: "400m" })],
      want: "Unschedulable: Insufficient cpu",
    },
    {
      name: "all that is short is named",
      pod: podOf({ cpu: "1", memory: "1Gi", "ephemeral-storage": "1Gi", "example.com/gpu": "2" }),
      pods: [running({ cpu: "1m", memory: "1", "ephemeral-storage": "1", "example.com/gpu": "1" })],
      want: "Unschedulable: Insufficient cpu, Insufficient memory, Insufficient ephemeral-storage, Insufficient example.com/gpu",
    },
    {
      name: "a pod too large for the empty node",
      pod: podOf({ cpu: "2" }),
      want: "UnschedulableAndUnresolvable: Insufficient cpu",
    },
    {
      name: "an extended resource that the node does not have",
      pod: podOf({ "example.com/fpga": "1" }),
      want: "UnschedulableAndUnresolvable: Insufficient example.com/fpga",
    },
    { name: "none of an extended resource", pod: podOf({ "example.com/fpga": "0" }), want: "fits" },
    {
      name: "no room for another pod",
      pod: podOf({}),
      pods: [running({})],
      on: node("n", { pods: "1" }),
      want: "Unschedulable: Too many pods",
    },
    {
      name: "no room for pods at all, and no memory",
      pod: podOf({ memory: "2Gi" }),
      on: node("n", { pods: "0", memory: "1Gi" }),
      want: "UnschedulableAndUnresolvable: Too many pods, Insufficient memory",
    },
    {
      name: "init containers run one after the other",
      pod: podOf({ cpu: "1" }, { initContainers: [container({ cpu: "1" }), container({ cpu: "500m" })] }),
      want: "fits",
    },
    {
      name: "an init container that needs more than the others",
      pod: podOf({ cpu: "1" }, { initContainers: [container({ cpu: "1100m" })] }),
      want: "UnschedulableAndUnresolvable: Insufficient cpu",
    },
    {
      name: "a sidecar runs beside the others",
      pod: podOf({ cpu: "1" }, { initContainers: [container({ cpu: "1m" }, { restartPolicy: "Always" })] }),
      want: "UnschedulableAndUnresolvable: Insufficient cpu",
    },
    {
      name: "overhead counts",
      pod: podOf({ cpu: "1" }, { overhead: { cpu: "1m" } }),
      want: "UnschedulableAndUnresolvable: Insufficient cpu",
    },
    {
      name: "what the pod states for itself counts",
      pod: podOf({ cpu: "1m" }, { resources: { requests: { cpu: "1001m" } } }),
      want: "UnschedulableAndUnresolvable: Insufficient cpu",
    },
  ];

  test.each(cases)("$name: $want", ({ pod, pods = [], on = small, want }) => {
    expect(verdicts(nodeResourcesFitPlugin, pod, { nodes: [on], pods })).toEqual({ n: want });
  });

  const resized = (asked: string, granted: string, reason?: string): Pod => ({
    ...running({ cpu: asked }),
    status: {
      phase: "Running",
      containerStatuses: [
        {
          name: "app",
          image: "app:1",
          imageID: "",
          ready: true,
          restartCount: 0,
          resources: { requests: { cpu: granted } },
          allocatedResources: { cpu: granted },
        },
      ],
      ...(reason !== undefined && { conditions: [{ type: "PodResizePending", status: "True", reason }] }),
    },
  });

  const resizes = [
    { name: "grows", pod: resized("900m", "100m"), want: "Unschedulable: Insufficient cpu" },
    { name: "shrinks", pod: resized("100m", "900m"), want: "Unschedulable: Insufficient cpu" },
    { name: "cannot grow", pod: resized("900m", "100m", "Infeasible"), want: "fits" },
    { name: "has shrunk", pod: resized("100m", "100m"), want: "fits" },
  ];

  test.each(resizes)("beside a pod that $name: $want", ({ pod, want }) => {
    expect(verdicts(nodeResourcesFitPlugin, podOf({ cpu: "500m" }), { nodes: [small], pods: [pod] })).toEqual(
      {
        n: want,
      },
    );
  });
});

describe("the score", () => {
  const nodes = [node("small", { cpu: "4", memory: "10Gi" }), node("large", { cpu: "6", memory: "10Gi" })];

  test("is the share that is left of CPU and memory", () => {
    // (4 - 3) / 4 = 25, (6 - 3) / 6 = 50, (10 - 5) / 10 = 50.
    const pod = podOf({ cpu: "3", memory: "5Gi" });
    expect(points(nodeResourcesFitPlugin, pod, { nodes })).toEqual({ small: 37, large: 50 });
  });

  test("counts pods that ask for nothing with 100m and 200Mi", () => {
    const one = [node("n", { cpu: "1", memory: "2000Mi" })];
    // After the two pods 80 % of both are left.
    expect(points(nodeResourcesFitPlugin, podOf({}), { nodes: one, pods: [running({})] })).toEqual({ n: 80 });
  });

  test("is nothing for what would be overcommitted", () => {
    const one = [node("n", { cpu: "1", memory: "1Gi" })];
    expect(points(nodeResourcesFitPlugin, podOf({ cpu: "2", memory: "512Mi" }), { nodes: one })).toEqual({
      n: 25,
    });
  });

  test("leaves out what the node does not have", () => {
    const one = [node("n", { cpu: "1" })];
    expect(points(nodeResourcesFitPlugin, podOf({ cpu: "400m" }), { nodes: one })).toEqual({ n: 60 });
    expect(points(nodeResourcesFitPlugin, podOf({ cpu: "400m" }), { nodes: [node("n", {})] })).toEqual({
      n: 0,
    });
  });
});

describe("a retry", () => {
  const rejected = podOf({ cpu: "2" });

  const nodeCases = [
    { name: "a node with room comes", change: { object: node("n", { cpu: "2" }) }, want: true },
    { name: "a node without room comes", change: { object: node("n", { cpu: "1" }) }, want: false },
    {
      name: "a node grows enough",
      change: { previous: node("n", { cpu: "1" }), object: node("n", { cpu: "2" }) },
      want: true,
    },
    {
      name: "a node grows too little",
      change: { previous: node("n", { cpu: "1" }), object: node("n", { cpu: "1500m" }) },
      want: false,
    },
    {
      name: "a node grows in something else",
      change: { previous: node("n", { cpu: "2" }), object: node("n", { cpu: "2", memory: "1Gi" }) },
      want: false,
    },
    {
      name: "a node takes more pods",
      change: { previous: node("n", { cpu: "2", pods: "1" }), object: node("n", { cpu: "2" }) },
      want: true,
    },
  ];

  test.each(nodeCases)("when $name: $want", ({ change, want }) => {
    const action = change.previous === undefined ? "Add" : "UpdateNodeAllocatable";
    const { previous, object } = change;
    const event = { resource: "Node", action, change: { ...(previous && { previous }), object } } as const;
    expect(wantsRetry(nodeResourcesFitPlugin, rejected, event)).toBe(want);
  });

  const podCases: { name: string; previous: Pod; object?: Pod; want: boolean }[] = [
    { name: "a pod goes from a node", previous: running({ cpu: "1" }), want: true },
    { name: "a pod goes that was on no node", previous: podOf({ cpu: "1" }, { name: "b" }), want: false },
    {
      name: "a pod goes that was promised room",
      previous: aPod("b", { status: { nominatedNodeName: "n" } }),
      want: true,
    },
    {
      name: "a pod needs less of what is short",
      previous: running({ cpu: "2" }),
      object: running({ cpu: "1" }),
      want: true,
    },
    {
      name: "a pod needs less of something else",
      previous: running({ cpu: "2", memory: "2Gi" }),
      object: running({ cpu: "2", memory: "1Gi" }),
      want: false,
    },
    { name: "the pod itself needs less", previous: podOf({ cpu: "3" }), object: rejected, want: true },
  ];

  test.each(podCases)("when $name: $want", ({ previous, object, want }) => {
    const action = object === undefined ? "Delete" : "UpdatePodScaleDown";
    const change = object === undefined ? { previous } : { previous, object };
    expect(wantsRetry(nodeResourcesFitPlugin, rejected, { resource: "AssignedPod", action, change })).toBe(
      want,
    );
  });
});
