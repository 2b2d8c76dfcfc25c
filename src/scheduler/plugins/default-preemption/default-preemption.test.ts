import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Node, Pod, PodSpec, PodStatus } from "#api/generated/core-v1.ts";
import type { PodDisruptionBudget } from "#api/generated/policy-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { metadataOf } from "#testing/metadata.ts";
import { aNode, aPod } from "#testing/objects.ts";
import { aCycle } from "#testing/scheduling.ts";
import { defaultProfile } from "../../default-profile.ts";
import { podInfoOf } from "../../framework/pod-info.ts";
import { compileProfile } from "../../framework/profile.ts";
import { type Failure, schedulePod } from "../../schedule-pod.ts";

const framework = compileProfile(defaultProfile);

interface Wishes {
  readonly cpu?: string;
  readonly spec?: Partial<PodSpec>;
  readonly status?: PodStatus;
  readonly labels?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: string;
}

function podOf(name: string, { cpu = "1", spec, ...more }: Wishes): Pod {
  const containers = [{ name: "app", image: "app:1", resources: { requests: { cpu } } }];
  return aPod(name, { spec: { containers, ...spec }, ...more });
}

const victim = (name: string, nodeName: string, priority: number, more: Wishes = {}): Pod =>
  podOf(name, {
    ...more,
    spec: { nodeName, priority, ...more.spec },
    status: { startTime: "2025-12-31T00:00:00Z", ...more.status },
  });

const preemptor = (cpu: string, more: Wishes = {}): Pod =>
  podOf("new", { cpu, ...more, spec: { priority: 1000, ...more.spec } });

const node = (name: string, cpu = "2", labels = {}): Node =>
  aNode(name, { labels, status: { allocatable: { cpu, pods: "10" } } });

function budget(name: string, app: string, disruptionsAllowed: number): PodDisruptionBudget {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: metadataOf(name),
    spec: { selector: { matchLabels: { app } } },
    status: { currentHealthy: 1, desiredHealthy: 1, expectedPods: 1, disruptionsAllowed },
  };
}

interface World {
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
  readonly objects?: readonly KubeObject[];
}

function attempt(pod: Pod, world: World): Failure {
  const decision = schedulePod({
    pod: podInfoOf(pod),
    framework,
    cycle: aCycle(world),
    nominated: { on: () => [] },
    startIndex: 0,
    random: () => 0,
    now: Date.parse("2026-01-01T00:00:00Z"),
  });
  if (decision.type !== "failure") throw new TypeError(`The pod fits on "${decision.nodeName}"`);
  return decision;
}

/** `node: victims`, the most important first, or the message. */
function outcome(pod: Pod, world: World): string {
  const { nominatedNodeName, victims, message } = attempt(pod, world);
  if (victims.length === 0) return message;
  return `${nominatedNodeName ?? ""}: ${victims.map(({ metadata }) => metadata.name).join(" ")}`;
}

describe("the victims on a node", () => {
  const cases: { name: string; cpu: string; pods: Pod[]; objects?: KubeObject[]; want: string }[] = [
    {
      name: "are no more than needed, the important ones stay",
      cpu: "1",
      pods: [victim("low", "n", 1), victim("high", "n", 10)],
      want: "n: low",
    },
    {
      name: "are all when all the room is needed",
      cpu: "2",
      pods: [victim("low", "n", 1), victim("high", "n", 10)],
      want: "n: high low",
    },
    {
      name: "are those that have run for the shortest time, of equal ones",
      cpu: "1",
      pods: [
        victim("young", "n", 1, { status: { startTime: "2025-12-31T12:00:00Z" } }),
        victim("old", "n", 1),
      ],
      want: "n: young",
    },
    {
      name: "are not those that a budget protects, while others will do",
      cpu: "1",
      pods: [victim("guarded", "n", 1, { labels: { app: "guarded" } }), victim("other", "n", 10)],
      objects: [budget("b", "guarded", 0)],
      want: "n: other",
    },
    {
      name: "are those that a budget protects when nothing else will do",
      cpu: "2",
      pods: [victim("guarded", "n", 1, { labels: { app: "guarded" } }), victim("other", "n", 10)],
      objects: [budget("b", "guarded", 0)],
      want: "n: other guarded",
    },
    {
      name: "are never as important as the pod",
      cpu: "1",
      pods: [victim("a", "n", 1000), victim("b", "n", 2000)],
      want: "0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.",
    },
    {
      name: "are not taken when the pod would not fit even then",
      cpu: "2",
      pods: [victim("low", "n", 1), victim("equal", "n", 1000)],
      want: "0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 Insufficient cpu.",
    },
    {
      name: "are not looked for when the node is too small",
      cpu: "3",
      pods: [victim("low", "n", 1)],
      want: "0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
    },
  ];

  test.each(cases)("$name", ({ cpu, pods, objects = [], want }) => {
    expect(outcome(preemptor(cpu), { nodes: [node("n")], pods, objects })).toBe(want);
  });

  test("are those whose anti-affinity keeps the pod away", () => {
    const affinity = {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { app: "new" } } },
        ],
      },
    };
    const world = {
      nodes: [node("n", "8", { "kubernetes.io/hostname": "n" })],
      pods: [victim("hermit", "n", 1, { spec: { affinity } }), victim("other", "n", 1)],
    };
    expect(outcome(preemptor("1", { labels: { app: "new" } }), world)).toBe("n: hermit");
  });

  test("are those on a port that the pod needs", () => {
    const containers = [{ name: "app", image: "app:1", ports: [{ containerPort: 80, hostPort: 80 }] }];
    const world = {
      nodes: [node("n", "8")],
      pods: [victim("taker", "n", 1, { spec: { containers } }), victim("other", "n", 0)],
    };
    expect(outcome(preemptor("1", { spec: { containers } }), world)).toBe("n: taker");
  });

  test("are those that make a topology too crowded", () => {
    const spec: Partial<PodSpec> = {
      nodeSelector: { zone: "1" },
      topologySpreadConstraints: [
        {
          topologyKey: "zone",
          maxSkew: 1,
          whenUnsatisfiable: "DoNotSchedule",
          nodeAffinityPolicy: "Ignore",
          labelSelector: { matchLabels: { app: "web" } },
        },
      ],
    };
    const world = {
      nodes: [node("n1", "8", { zone: "1" }), node("n2", "8", { zone: "2" })],
      pods: [victim("crowd", "n1", 1, { labels: { app: "web" } }), victim("other", "n1", 0)],
    };
    expect(outcome(preemptor("1", { labels: { app: "web" }, spec }), world)).toBe("n1: crowd");
  });
});

describe("the node where room is made", () => {
  const two = [node("n1"), node("n2")];
  const cases: { name: string; pods: Pod[]; objects?: KubeObject[]; want: string }[] = [
    {
      name: "violates the fewest budgets",
      pods: [victim("a", "n1", 1, { cpu: "2", labels: { app: "a" } }), victim("b", "n2", 9, { cpu: "2" })],
      objects: [budget("b", "a", 0)],
      want: "n2: b",
    },
    {
      name: "has the least important of the most important victims",
      pods: [victim("a", "n1", 5), victim("b", "n1", 5), victim("c", "n2", 9, { cpu: "2" })],
      want: "n1: a b",
    },
    {
      name: "has the lowest sum of priorities",
      pods: [victim("a", "n1", 9), victim("b", "n1", 9), victim("c", "n2", 9), victim("d", "n2", 1)],
      want: "n2: c d",
    },
    {
      name: "has the fewest victims",
      pods: [victim("a", "n1", 0), victim("b", "n1", 0), victim("c", "n2", 0, { cpu: "2" })],
      want: "n2: c",
    },
    {
      name: "has the victims that have run for the shortest time",
      pods: [
        victim("a", "n1", 0, { cpu: "2" }),
        victim("b", "n2", 0, { cpu: "2", status: { startTime: "2025-12-31T12:00:00Z" } }),
      ],
      want: "n2: b",
    },
  ];

  test.each(cases)("$name", ({ pods, objects = [], want }) => {
    expect(outcome(preemptor("2"), { nodes: two, pods, objects })).toBe(want);
  });
});

describe("a pod that made room before", () => {
  const leaving = (reason: string): Pod =>
    victim("leaving", "n", 1, {
      cpu: "2",
      deletionTimestamp: "2026-01-01T00:00:30Z",
      status: { conditions: [{ type: "DisruptionTarget", status: "True", reason }] },
    });
  const promised = preemptor("2", { status: { nominatedNodeName: "n" } });

  test("waits for its victims to leave", () => {
    const world = { nodes: [node("n")], pods: [leaving("PreemptionByScheduler")] };
    expect(attempt(promised, world)).toMatchObject({
      message:
        "0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to a terminating pod on the nominated node.",
      victims: [],
    });
    expect(attempt(promised, world).nominatedNodeName).toBeUndefined();
  });

  test("looks for others when pods leave for another reason", () => {
    const world = { nodes: [node("n")], pods: [leaving("EvictionByEvictionAPI")] };
    expect(outcome(promised, world)).toBe("n: leaving");
  });

  test("loses its promise when the node can no longer help", () => {
    const world = { nodes: [node("n", "1")], pods: [leaving("PreemptionByScheduler")] };
    expect(attempt(promised, world)).toMatchObject({ nominatedNodeName: "", victims: [] });
  });
});

test("the pod fits without its victims, and would not with any of them left", () => {
  const sizes = fc.array(
    fc.record({ cpu: fc.integer({ min: 1, max: 3 }), priority: fc.integer({ min: 0, max: 3 }) }),
    {
      minLength: 1,
      maxLength: 6,
    },
  );
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 6 }), (others, wanted) => {
      const used = others.reduce((sum, { cpu }) => sum + cpu, 0);
      fc.pre(used <= 6 && used + wanted > 6);
      const pods = others.map(({ cpu, priority }, index) =>
        victim(`v${String(index)}`, "n", priority, { cpu: String(cpu) }),
      );
      const { victims } = attempt(preemptor(String(wanted)), { nodes: [node("n", "6")], pods });
      const sizeOf = ({ metadata }: Pod): number => others[Number(metadata.name.slice(1))]?.cpu ?? 0;
      const freed = victims.reduce((sum, each) => sum + sizeOf(each), 0);
      expect(used - freed + wanted).toBeLessThanOrEqual(6);
      for (const each of victims) expect(used - freed + sizeOf(each) + wanted).toBeGreaterThan(6);
    }),
    { numRuns: 60 },
  );
});
