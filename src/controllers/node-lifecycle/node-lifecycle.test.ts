import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Lease } from "#api/generated/coordination-v1.ts";
import type { Node, Pod } from "#api/generated/core-v1.ts";
import { resourceOf } from "#api/resource.ts";
import { filledCaches } from "#testing/filled-caches.ts";
import { metadataOf } from "#testing/metadata.ts";
import { aConditionedNode, describeNodePlan, NODE_TEST_NOW, secondsAgo } from "#testing/nodes.ts";
import { aPod } from "#testing/objects.ts";
import { PlanModel } from "#testing/plan-model.ts";
import { type NodeView, nodeLifecycleController, planNode } from "./node-lifecycle.ts";

const runningPod = (name: string, ready: string): Pod =>
  aPod(name, {
    spec: { nodeName: "a" },
    status: { phase: "Running", conditions: [{ type: "Ready", status: ready }] },
  });

function aView(node: Node, silentSeconds = 5, pods: readonly Pod[] = []): NodeView {
  return { node, pods, heartbeatAt: NODE_TEST_NOW.getTime() - silentSeconds * 1000, now: NODE_TEST_NOW };
}

describe("planNode", () => {
  const cases: { name: string; view: NodeView; want: string[] }[] = [
    {
      name: "waits for the next sign of life",
      view: aView(aConditionedNode("a")),
      want: ["requeue 45001ms"],
    },
    {
      name: "gives a silent node up, and its pods",
      view: aView(
        aConditionedNode("a", {
          conditions: ["Ready=True", "NetworkUnavailable=False", "DiskPressure=True"],
        }),
        51,
        [runningPod("p", "True"), runningPod("q", "False")],
      ),
      want: [
        "status a Ready=Unknown(NodeStatusUnknown) NetworkUnavailable=False() DiskPressure=Unknown(NodeStatusUnknown) MemoryPressure=Unknown(NodeStatusNeverUpdated) PIDPressure=Unknown(NodeStatusNeverUpdated)",
        "event Normal NodeNotReady: Node a status is now: NodeNotReady",
        "status Pod p phase=Running qosClass=BestEffort Ready=False",
        "event Warning NodeNotReady: Node is not ready",
      ],
    },
    {
      name: "tells nothing new of a node that was not ready before",
      view: aView(aConditionedNode("a", { conditions: ["Ready=False"] }), 51),
      want: [
        "status a Ready=Unknown(NodeStatusUnknown) MemoryPressure=Unknown(NodeStatusNeverUpdated) DiskPressure=Unknown(NodeStatusNeverUpdated) PIDPressure=Unknown(NodeStatusNeverUpdated)",
      ],
    },
    {
      name: "taints a node that was given up",
      view: aView(aConditionedNode("a", { conditions: ["Ready=Unknown", "MemoryPressure=Unknown"] }), 90),
      want: ["taint a unreachable:NoSchedule"],
    },
    {
      name: "keeps pods that come later from being ready there",
      view: aView(
        aConditionedNode("a", { conditions: ["Ready=Unknown"], taints: ["unreachable:NoSchedule"] }),
        90,
        [runningPod("p", "True")],
      ),
      want: [
        "status Pod p phase=Running qosClass=BestEffort Ready=False",
        "event Warning NodeNotReady: Node is not ready",
      ],
    },
    {
      name: "rests",
      view: aView(
        aConditionedNode("a", { conditions: ["Ready=Unknown"], taints: ["unreachable:NoSchedule"] }),
        90,
        [runningPod("p", "False")],
      ),
      want: [],
    },
    {
      name: "leaves the pods of a node alone that is not ready but speaks",
      view: aView(
        aConditionedNode("a", { conditions: ["Ready=False"], taints: ["not-ready:NoSchedule"] }),
        5,
        [runningPod("p", "True")],
      ),
      want: ["requeue 45001ms"],
    },
    {
      name: "waits longer for a node that never reported",
      view: aView(aConditionedNode("a", { conditions: [] }), 55),
      want: ["requeue 5001ms"],
    },
    {
      name: "gives a node up that never reported",
      view: aView(aConditionedNode("a", { conditions: [] }), 61),
      want: [
        "status a Ready=Unknown(NodeStatusNeverUpdated) MemoryPressure=Unknown(NodeStatusNeverUpdated) DiskPressure=Unknown(NodeStatusNeverUpdated) PIDPressure=Unknown(NodeStatusNeverUpdated)",
      ],
    },
    {
      name: "taints for every bad condition, and for being unschedulable",
      view: aView(
        aConditionedNode("a", {
          conditions: [
            "Ready=False",
            "MemoryPressure=True",
            "DiskPressure=True",
            "PIDPressure=True",
            "NetworkUnavailable=True",
          ],
          unschedulable: true,
        }),
      ),
      want: [
        "taint a not-ready:NoSchedule memory-pressure:NoSchedule disk-pressure:NoSchedule network-unavailable:NoSchedule pid-pressure:NoSchedule unschedulable:NoSchedule",
        "requeue 45001ms",
      ],
    },
    {
      name: "takes its own taints away, and nobody else's",
      view: aView(
        aConditionedNode("a", {
          taints: [
            "not-ready:NoSchedule",
            "not-ready:NoExecute",
            "example.com/gpu:NoSchedule",
            "unschedulable:NoSchedule",
          ],
        }),
      ),
      want: ["taint a not-ready:NoExecute example.com/gpu:NoSchedule", "requeue 45001ms"],
    },
    {
      name: "changes one taint for the other",
      view: aView(aConditionedNode("a", { conditions: ["Ready=False"], taints: ["unreachable:NoSchedule"] })),
      want: ["taint a not-ready:NoSchedule", "requeue 45001ms"],
    },
  ];
  test.each(cases)("$name", ({ view, want }) => {
    expect(describeNodePlan(planNode(view))).toEqual(want);
  });

  test("says when taints were added and conditions changed, and keeps what the kubelet said", () => {
    const silent = planNode(aView(aConditionedNode("a"), 51)).actions[0];
    expect(silent).toMatchObject({
      object: {
        status: {
          capacity: { cpu: "4" },
          conditions: [
            {
              message: "Kubelet stopped posting node status.",
              lastHeartbeatTime: secondsAgo(5),
              lastTransitionTime: secondsAgo(0),
            },
            {
              message: "Kubelet never posted node status.",
              lastHeartbeatTime: secondsAgo(1000),
              lastTransitionTime: secondsAgo(0),
            },
            {},
            {},
          ],
        },
      },
    });
    const tainted = planNode(aView(aConditionedNode("a", { conditions: ["Ready=False"] }))).actions[0];
    expect(tainted).toMatchObject({ object: { spec: { taints: [{ timeAdded: secondsAgo(0) }] } } });
  });

  test("gives labels their old names too", () => {
    const labels = {
      "kubernetes.io/os": "linux",
      "kubernetes.io/arch": "arm64",
      "beta.kubernetes.io/arch": "amd64",
    };
    const [action] = planNode(aView(aConditionedNode("a", { labels }))).actions;
    expect(action).toMatchObject({
      type: "update",
      object: {
        metadata: {
          labels: { ...labels, "beta.kubernetes.io/os": "linux", "beta.kubernetes.io/arch": "arm64" },
        },
      },
    });
  });
});

describe("laws", () => {
  const status = fc.constantFrom("True", "False", "Unknown");
  const taintNames = ["not-ready", "unreachable", "memory-pressure", "unschedulable", "example.com/x"];
  const world = fc.record({
    ready: fc.option(status),
    memory: status,
    network: status,
    taints: fc.uniqueArray(fc.constantFrom(...taintNames), { maxLength: 3 }),
    pods: fc.array(status, { maxLength: 3 }),
    unschedulable: fc.boolean(),
    silentSeconds: fc.constantFrom(0, 49, 51, 59, 61, 1000),
  });

  function viewOf(model: PlanModel, silentSeconds: number): NodeView {
    const [node = aConditionedNode("a")] = model.of<Node>("Node");
    return aView(node, silentSeconds, model.of<Pod>("Pod"));
  }

  test("pure, stable and safe: in two steps all is said, and other taints stay", () => {
    fc.assert(
      fc.property(world, ({ ready, memory, network, taints, pods, unschedulable, silentSeconds }) => {
        const conditions = [`MemoryPressure=${memory}`, `NetworkUnavailable=${network}`];
        const node = aConditionedNode("a", {
          conditions: ready === null ? [] : [`Ready=${ready}`, ...conditions],
          taints: taints.map((key) => `${key}:NoSchedule`),
          unschedulable,
        });
        const model = new PlanModel([
          node,
          ...pods.map((each, index) => runningPod(`p${String(index)}`, each)),
        ]);
        expect(planNode(viewOf(model, silentSeconds))).toEqual(planNode(viewOf(model, silentSeconds)));
        for (let step = 0; step < 2; step += 1) model.apply(planNode(viewOf(model, silentSeconds)));
        expect(planNode(viewOf(model, silentSeconds)).actions).toEqual([]);
        const { node: last } = viewOf(model, silentSeconds);
        const keys = (last.spec.taints ?? []).map(({ key }) => key);
        expect(keys.includes("example.com/x")).toBe(taints.includes("example.com/x"));
        expect(keys.includes("node.kubernetes.io/unschedulable")).toBe(unschedulable);
        expect(new Set(keys).size).toBe(keys.length);
      }),
    );
  });
});

describe("observe", () => {
  const heartbeatOf = (node: Node, lease?: Lease): number | undefined => {
    const caches = filledCaches(nodeLifecycleController, [node, ...(lease ? [lease] : [])]);
    caches.note(resourceOf("Node"), { type: "added", object: node }, 7000);
    if (lease) caches.note(resourceOf("Lease"), { type: "added", object: lease }, 9000);
    const ref = { kind: "Node", namespace: "", name: "a" };
    return nodeLifecycleController.observe(ref, caches, NODE_TEST_NOW)?.heartbeatAt;
  };
  const lease: Lease = {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: metadataOf("a", { namespace: "kube-node-lease" }),
    spec: { renewTime: "2020-01-01T00:00:00.000000Z" },
  };

  test("believes its own clock, whatever times the node and its lease name", () => {
    expect(heartbeatOf(aConditionedNode("a"))).toBe(7000);
    expect(heartbeatOf(aConditionedNode("a"), lease)).toBe(9000);
  });

  test("waits for a new node from its creation on", () => {
    expect(heartbeatOf(aConditionedNode("a", { conditions: [] }))).toBe(NODE_TEST_NOW.getTime() - 1_000_000);
  });
});
