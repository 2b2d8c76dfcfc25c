import { describe, expect, test } from "bun:test";
import type { Node, Pod, PodSpec, TopologySpreadConstraint } from "#api/generated/core-v1.ts";
import { aNode, aPod, aService } from "#testing/objects.ts";
import { aCycle, aFramework, points, verdicts, wantsRetry } from "#testing/scheduling.ts";
import { aReplicaSet } from "#testing/workloads.ts";
import { podInfoOf } from "../../framework/pod-info.ts";
import { addToFilters, runFilters, runPreFilters } from "../../framework/run-filters.ts";
import { podTopologySpreadPlugin, REASON_CONSTRAINTS, REASON_MISSING_LABEL } from "./pod-topology-spread.ts";

const FITS = "fits";
const SKEWED = `Unschedulable: ${REASON_CONSTRAINTS}`;
const UNLABELED = `UnschedulableAndUnresolvable: ${REASON_MISSING_LABEL}`;

const HOST = "kubernetes.io/hostname";

/** Two nodes in zone 1, one in zone 2, and one that belongs nowhere. */
const nodes: readonly Node[] = [
  aNode("a", { labels: { zone: "1" } }),
  aNode("b", { labels: { zone: "1" } }),
  aNode("c", { labels: { zone: "2" } }),
  aNode("d"),
];

const spread = (more: Partial<TopologySpreadConstraint> = {}): TopologySpreadConstraint => ({
  topologyKey: "zone",
  maxSkew: 1,
  whenUnsatisfiable: "DoNotSchedule",
  labelSelector: { matchLabels: { app: "web" } },
  ...more,
});

const rather = (more: Partial<TopologySpreadConstraint> = {}): TopologySpreadConstraint =>
  spread({ whenUnsatisfiable: "ScheduleAnyway", ...more });

function newPod(constraints: readonly TopologySpreadConstraint[], spec: Partial<PodSpec> = {}): Pod {
  return aPod("new", {
    labels: { app: "web", version: "2" },
    spec: { ...(constraints.length > 0 && { topologySpreadConstraints: constraints }), ...spec },
  });
}

/** Pods of the app on these nodes, one for each name. */
const web = (...on: readonly string[]): Pod[] =>
  on.map((nodeName, index) => aPod(`web-${String(index)}`, { labels: { app: "web" }, spec: { nodeName } }));

describe("the filter", () => {
  const cases: { name: string; pod: Pod; pods?: Pod[]; want: string[] }[] = [
    { name: "no constraints", pod: newPod([]), pods: web("a", "a"), want: [FITS, FITS, FITS, FITS] },
    { name: "nothing runs yet", pod: newPod([spread()]), want: [FITS, FITS, FITS, UNLABELED] },
    {
      name: "zone 1 is ahead",
      pod: newPod([spread()]),
      pods: web("a"),
      want: [SKEWED, SKEWED, FITS, UNLABELED],
    },
    {
      name: "more skew is allowed",
      pod: newPod([spread({ maxSkew: 2 })]),
      pods: web("a"),
      want: [FITS, FITS, FITS, UNLABELED],
    },
    {
      name: "both zones are even",
      pod: newPod([spread()]),
      pods: web("a", "c"),
      want: [FITS, FITS, FITS, UNLABELED],
    },
    {
      name: "each node for itself",
      pod: newPod([spread({ topologyKey: HOST })]),
      pods: web("a", "c"),
      want: [SKEWED, FITS, SKEWED, FITS],
    },
    {
      name: "both constraints must hold",
      pod: newPod([spread(), spread({ topologyKey: HOST })]),
      pods: web("a", "c"),
      want: [SKEWED, FITS, SKEWED, UNLABELED],
    },
    {
      name: "a pod that is not one of those",
      pod: newPod([spread({ labelSelector: { matchLabels: { app: "db" } } })]),
      pods: web("a", "a"),
      want: [FITS, FITS, FITS, UNLABELED],
    },
    {
      name: "pods of other namespaces do not count",
      pod: newPod([spread()]),
      pods: web("a").map((pod) => ({ ...pod, metadata: { ...pod.metadata, namespace: "other" } })),
      want: [FITS, FITS, FITS, UNLABELED],
    },
    {
      name: "pods on their way out do not count",
      pod: newPod([spread()]),
      pods: web("a").map((pod) => ({
        ...pod,
        metadata: { ...pod.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" },
      })),
      want: [FITS, FITS, FITS, UNLABELED],
    },
    {
      name: "fewer zones than there should be count as an empty one",
      pod: newPod([spread({ minDomains: 3 })]),
      pods: web("a", "c"),
      want: [SKEWED, SKEWED, SKEWED, UNLABELED],
    },
    {
      name: "zones that the pod cannot go to do not count",
      pod: newPod([spread()], { nodeSelector: { zone: "1" } }),
      pods: web("a"),
      want: [FITS, FITS, FITS, UNLABELED],
    },
    {
      name: "unless they should",
      pod: newPod([spread({ nodeAffinityPolicy: "Ignore" })], { nodeSelector: { zone: "1" } }),
      pods: web("a"),
      want: [SKEWED, SKEWED, FITS, UNLABELED],
    },
    {
      name: "only pods of the same version count",
      pod: newPod([spread({ matchLabelKeys: ["version", "unknown"] })]),
      pods: web("a", "a"),
      want: [FITS, FITS, FITS, UNLABELED],
    },
    {
      name: "an empty selector counts no pod that runs",
      pod: newPod([spread({ labelSelector: {} })]),
      pods: web("a", "a"),
      want: [FITS, FITS, FITS, UNLABELED],
    },
  ];

  test.each(cases)("$name", ({ pod, pods = [], want }) => {
    const [a = "", b = "", c = "", d = ""] = want;
    expect(verdicts(podTopologySpreadPlugin, pod, { nodes, pods })).toEqual({ a, b, c, d });
  });

  test("leaves tainted nodes out where taints are honoured", () => {
    const taints = [{ key: "k", effect: "NoSchedule" }] as const;
    const tainted = aNode("c", { labels: { zone: "2" }, spec: { taints } });
    const surroundings = { nodes: [...nodes.slice(0, 2), tainted], pods: web("a") };
    const verdictOf = (nodeTaintsPolicy: "Honor" | "Ignore") =>
      verdicts(podTopologySpreadPlugin, newPod([spread({ nodeTaintsPolicy })]), surroundings)["a"];
    expect(verdictOf("Ignore")).toBe(SKEWED);
    expect(verdictOf("Honor")).toBe(FITS);
  });

  test("follows pods that are added in thought", () => {
    const pod = podInfoOf(newPod([spread()]));
    const cycle = aCycle({ nodes: nodes.slice(0, 3) });
    const { filters } = runPreFilters(aFramework(podTopologySpreadPlugin), pod, cycle);
    const [node] = cycle.snapshot.nodes;
    const [other] = web("a").map(podInfoOf);
    if (node === undefined || other === undefined) throw new TypeError("Expected a node and a pod");
    expect(runFilters(filters, pod, node)).toBeUndefined();
    expect(runFilters(addToFilters(filters, pod, other, node), pod, node)?.reasons).toEqual([
      REASON_CONSTRAINTS,
    ]);
  });
});

describe("the score", () => {
  test("does not look at pods that nobody wants spread", () => {
    expect(points(podTopologySpreadPlugin, newPod([]), { nodes })).toBe("skip");
    expect(points(podTopologySpreadPlugin, newPod([spread()]), { nodes })).toBe("skip");
  });

  test("prefers the emptier zone and gives nothing to nodes without one", () => {
    // 3 and 1 pods times ln(2 + 2), rounded: 4 and 1. 100 * (4 + 1 - score) / 4.
    const surroundings = { nodes, pods: web("a", "a", "b", "c") };
    expect(points(podTopologySpreadPlugin, newPod([rather()]), surroundings)).toEqual({
      a: 25,
      b: 25,
      c: 100,
      d: 0,
    });
  });

  test("prefers the emptier node", () => {
    // 2, 1 and 0 pods times ln(3 + 2), rounded: 3, 2 and 0.
    const surroundings = { nodes: nodes.slice(0, 3), pods: web("a", "a", "b") };
    const pod = newPod([rather({ topologyKey: HOST })]);
    expect(points(podTopologySpreadPlugin, pod, surroundings)).toEqual({ a: 0, b: 33, c: 100 });
  });

  test("is full everywhere while nothing runs", () => {
    expect(points(podTopologySpreadPlugin, newPod([rather()]), { nodes: nodes.slice(0, 3) })).toEqual({
      a: 100,
      b: 100,
      c: 100,
    });
  });

  test("spreads the pods of a Service over nodes and zones without being asked", () => {
    const zoned = nodes.map((node) => ({
      ...node,
      metadata: {
        ...node.metadata,
        labels: {
          ...node.metadata.labels,
          "topology.kubernetes.io/zone": node.metadata.labels?.["zone"] ?? "3",
        },
      },
    }));
    const surroundings = { nodes: zoned, pods: web("a", "a", "c"), objects: [aService("web")] };
    const scores = points(podTopologySpreadPlugin, newPod([]), surroundings);
    // Pods on the node times ln(4 + 2), and in the zone times ln(3 + 2); 2 and 4 more for the allowed skew.
    expect(scores).toEqual({ a: 46, b: 76, c: 76, d: 100 });
  });

  test("spreads the pods of a ReplicaSet over nodes without zones", () => {
    const owner = aReplicaSet("web", { spec: { selector: { matchLabels: { app: "web" } } } });
    const { apiVersion, kind, metadata } = owner;
    const pod: Pod = {
      ...newPod([]),
      metadata: {
        ...newPod([]).metadata,
        ownerReferences: [{ apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true }],
      },
    };
    const surroundings = { nodes: nodes.slice(0, 2), pods: web("a", "a", "a"), objects: [owner] };
    // 3 pods times ln(2 + 2) and 2 for the allowed skew, rounded: 6; and 2.
    expect(points(podTopologySpreadPlugin, pod, surroundings)).toEqual({ a: 33, b: 100 });
  });
});

describe("a retry", () => {
  const rejected = newPod([spread()]);
  const [one] = web("a");
  const [other] = web("a").map((pod) => ({ ...pod, metadata: { ...pod.metadata, labels: { app: "db" } } }));
  const foreign = one && { ...one, metadata: { ...one.metadata, namespace: "other" } };
  const pods: { name: string; previous?: Pod | undefined; object?: Pod | undefined; want: boolean }[] = [
    { name: "one of them comes", object: one, want: true },
    { name: "another pod comes", object: other, want: false },
    { name: "one of another namespace comes", object: foreign, want: false },
    { name: "one of them goes", previous: one, want: true },
    { name: "another pod goes", previous: other, want: false },
    { name: "a pod becomes one of them", previous: other, object: one, want: true },
    { name: "nothing changes", previous: one, object: one, want: false },
  ];

  test.each(pods)("when $name: $want", ({ previous, object, want }) => {
    if (object === undefined) {
      if (previous === undefined) throw new TypeError("Expected a change");
      const gone = { resource: "AssignedPod", action: "Delete", change: { previous } } as const;
      expect(wantsRetry(podTopologySpreadPlugin, rejected, gone)).toBe(want);
      return;
    }
    const action = previous === undefined ? "Add" : "UpdatePodLabel";
    const event = {
      resource: "AssignedPod",
      action,
      change: { ...(previous && { previous }), object },
    } as const;
    expect(wantsRetry(podTopologySpreadPlugin, rejected, event)).toBe(want);
  });

  test("when the pod tolerates more and taints are honoured", () => {
    const change = {
      previous: rejected,
      object: newPod([spread()], { tolerations: [{ operator: "Exists" }] }),
    };
    const event = { resource: "UnschedulablePod", action: "UpdatePodToleration", change } as const;
    const honouring = newPod([spread({ nodeTaintsPolicy: "Honor" })]);
    expect(wantsRetry(podTopologySpreadPlugin, honouring, event)).toBeTrue();
    expect(wantsRetry(podTopologySpreadPlugin, rejected, event)).toBeFalse();
  });

  const [zone1, , zone2, unlabeled] = nodes;
  const tainted = zone1 && { ...zone1, spec: { taints: [{ key: "k", effect: "NoSchedule" as const }] } };
  const changes: { name: string; previous?: Node | undefined; object?: Node | undefined; want: boolean }[] = [
    { name: "a node of a zone comes", object: zone1, want: true },
    { name: "a node without zone comes", object: unlabeled, want: false },
    { name: "a node of a zone goes", previous: zone1, want: true },
    { name: "a node joins a zone", previous: unlabeled, object: zone1, want: true },
    { name: "a node changes its zone", previous: zone1, object: zone2, want: true },
    { name: "a node gets a taint", previous: zone1, object: tainted, want: true },
    { name: "a node stays as it is", previous: zone1, object: zone1, want: false },
  ];

  test.each(changes)("when $name: $want", ({ previous, object, want }) => {
    if (object === undefined) {
      if (previous === undefined) throw new TypeError("Expected a change");
      const gone = { resource: "Node", action: "Delete", change: { previous } } as const;
      expect(wantsRetry(podTopologySpreadPlugin, rejected, gone)).toBe(want);
      return;
    }
    const action = previous === undefined ? "Add" : "UpdateNodeLabel";
    const event = { resource: "Node", action, change: { ...(previous && { previous }), object } } as const;
    expect(wantsRetry(podTopologySpreadPlugin, rejected, event)).toBe(want);
  });
});
