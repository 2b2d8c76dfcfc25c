import { describe, expect, test } from "bun:test";
import type { Node, Pod } from "#api/generated/core-v1.ts";
import { aNode, aPod } from "#testing/objects.ts";
import { eventLabel } from "../framework/cluster-event.ts";
import { eventsOfNodeUpdate, eventsOfPodUpdate } from "./events-of.ts";

const requesting = (cpu: string, more: Partial<Pod["spec"]> = {}): Pod =>
  aPod("a", {
    spec: { containers: [{ name: "app", image: "app:1", resources: { requests: { cpu } } }], ...more },
  });

describe("eventsOfPodUpdate", () => {
  const gated = aPod("a", { spec: { schedulingGates: [{ name: "example.com/wait" }] } });
  const twiceGated = aPod("a", { spec: { schedulingGates: [{ name: "a.b/c" }, { name: "a.b/d" }] } });
  const cases: { name: string; from: Pod; to: Pod; want: string[] }[] = [
    {
      name: "labels",
      from: aPod("a"),
      to: aPod("a", { labels: { x: "y" } }),
      want: ["UnschedulablePodUpdatePodLabel"],
    },
    {
      name: "a smaller request",
      from: requesting("2"),
      to: requesting("1"),
      want: ["UnschedulablePodUpdatePodScaleDown"],
    },
    {
      name: "a smaller request of a pod on a node",
      from: requesting("2", { nodeName: "n" }),
      to: requesting("1", { nodeName: "n" }),
      want: ["AssignedPodUpdatePodScaleDown"],
    },
    {
      name: "a larger request",
      from: requesting("1"),
      to: requesting("2"),
      want: ["UnschedulablePodUpdate"],
    },
    {
      name: "the last gate",
      from: gated,
      to: aPod("a"),
      want: ["UnschedulablePodUpdatePodSchedulingGatesEliminated"],
    },
    { name: "one of two gates", from: twiceGated, to: gated, want: ["UnschedulablePodUpdate"] },
    {
      name: "a toleration",
      from: aPod("a"),
      to: aPod("a", { spec: { tolerations: [{ operator: "Exists" }] } }),
      want: ["UnschedulablePodUpdatePodToleration"],
    },
    {
      name: "labels and a toleration",
      from: aPod("a"),
      to: aPod("a", { labels: { x: "y" }, spec: { tolerations: [{ operator: "Exists" }] } }),
      want: ["UnschedulablePodUpdatePodLabel", "UnschedulablePodUpdatePodToleration"],
    },
    {
      name: "something else",
      from: aPod("a"),
      to: aPod("a", { annotations: { x: "y" } }),
      want: ["UnschedulablePodUpdate"],
    },
  ];

  test.each(cases)("$name", ({ from, to, want }) => {
    expect(eventsOfPodUpdate(from, to).map(eventLabel)).toEqual(want);
  });
});

describe("eventsOfNodeUpdate", () => {
  const plain = aNode("n");
  const cases: { name: string; from: Node; to: Node; want: string[] }[] = [
    { name: "nothing", from: plain, to: aNode("n"), want: [] },
    {
      name: "an opened node",
      from: aNode("n", { spec: { unschedulable: true } }),
      to: plain,
      want: ["NodeUpdateNodeTaint"],
    },
    {
      name: "a cordoned node",
      from: plain,
      to: aNode("n", { spec: { unschedulable: true } }),
      want: [],
    },
    {
      name: "an opened node that loses its taint",
      from: aNode("n", {
        spec: {
          unschedulable: true,
          taints: [{ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }],
        },
      }),
      to: plain,
      want: ["NodeUpdateNodeTaint"],
    },
    {
      name: "another taint",
      from: plain,
      to: aNode("n", { spec: { taints: [{ key: "a", effect: "NoSchedule" }] } }),
      want: ["NodeUpdateNodeTaint"],
    },
    {
      name: "room",
      from: aNode("n", { status: { allocatable: { cpu: "1" } } }),
      to: aNode("n", { status: { allocatable: { cpu: "2" } } }),
      want: ["NodeUpdateNodeAllocatable"],
    },
    { name: "labels", from: plain, to: aNode("n", { labels: { x: "y" } }), want: ["NodeUpdateNodeLabel"] },
    {
      name: "annotations",
      from: plain,
      to: aNode("n", { annotations: { x: "y" } }),
      want: ["NodeUpdateNodeAnnotation"],
    },
    {
      name: "a condition",
      from: aNode("n", { status: { conditions: [{ type: "Ready", status: "False" }] } }),
      to: aNode("n", { status: { conditions: [{ type: "Ready", status: "True" }] } }),
      want: ["NodeUpdateNodeCondition"],
    },
    {
      name: "a heartbeat",
      from: aNode("n", {
        status: {
          conditions: [{ type: "Ready", status: "True", lastHeartbeatTime: "2026-01-01T00:00:00Z" }],
        },
      }),
      to: aNode("n", {
        status: {
          conditions: [{ type: "Ready", status: "True", lastHeartbeatTime: "2026-01-01T00:05:00Z" }],
        },
      }),
      want: [],
    },
  ];

  test.each(cases)("$name", ({ from, to, want }) => {
    expect(eventsOfNodeUpdate(from, to).map(eventLabel)).toEqual(want);
  });
});
