import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Node, Pod, PodSpec, Taint } from "#api/generated/core-v1.ts";
import { aNode, aPod } from "#testing/objects.ts";
import { aCycle, type Surroundings } from "#testing/scheduling.ts";
import { seededRandom } from "#testing/seeded-random.ts";
import { defaultProfile } from "./default-profile.ts";
import { podInfoOf } from "./framework/pod-info.ts";
import { compileProfile } from "./framework/profile.ts";
import { type Decision, schedulePod } from "./schedule-pod.ts";

const framework = compileProfile(defaultProfile);

function decide(pod: Pod, surroundings: Surroundings, random: () => number = seededRandom(1)): Decision {
  return schedulePod({
    pod: podInfoOf(pod),
    framework,
    cycle: aCycle(surroundings),
    nominated: { on: () => [] },
    startIndex: 0,
    random,
    now: Date.parse("2026-01-01T00:00:00Z"),
  });
}

function messageOf(decision: Decision): string {
  return decision.type === "failure" ? decision.message : `placed on ${decision.nodeName}`;
}

const node = (name: string, cpu = "4", spec: Node["spec"] = {}, labels = {}): Node =>
  aNode(name, { spec, labels, status: { allocatable: { cpu, memory: "8Gi", pods: "10" } } });

const tainted = (name: string, ...taints: readonly Taint[]): Node => node(name, "4", { taints });

const pod = (cpu: string, spec: Partial<PodSpec> = {}): Pod =>
  aPod("new", {
    labels: { app: "new" },
    spec: { containers: [{ name: "app", image: "app:1", resources: { requests: { cpu } } }], ...spec },
  });

const running = (name: string, nodeName: string, cpu: string, spec: Partial<PodSpec> = {}): Pod =>
  aPod(name, {
    labels: { app: "old" },
    spec: {
      nodeName,
      containers: [{ name: "app", image: "app:1", resources: { requests: { cpu } } }],
      ...spec,
    },
  });

describe("schedulePod", () => {
  const NOT_HELPFUL = (nodes: number): string =>
    `preemption: 0/${String(nodes)} nodes are available: ${String(nodes)} Preemption is not helpful for scheduling.`;
  const cases: { name: string; pod: Pod; nodes: Node[]; pods?: Pod[]; want: string }[] = [
    { name: "without nodes", pod: pod("1"), nodes: [], want: "no nodes available to schedule pods" },
    {
      name: "of the size, of taints and of a cordon",
      pod: pod("8"),
      nodes: [
        node("n1"),
        tainted("n2", { key: "a", value: "b", effect: "NoSchedule" }),
        node("n3", "4", { unschedulable: true }),
      ],
      want: `0/3 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable. ${NOT_HELPFUL(3)}`,
    },
    {
      name: "of others on the node that are as important",
      pod: pod("3"),
      nodes: [node("n1"), tainted("n2", { key: "a", value: "b", effect: "NoSchedule" })],
      pods: [running("old", "n1", "2")],
      want: "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s). preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling.",
    },
    {
      name: "of a selector that no node matches",
      pod: pod("1", { nodeSelector: { disk: "ssd" } }),
      nodes: [node("n1"), node("n2")],
      want: `0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector. ${NOT_HELPFUL(2)}`,
    },
    {
      name: "of an affinity that names a node that is full",
      pod: pod("8", {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                { matchFields: [{ key: "metadata.name", operator: "In", values: ["n1"] }] },
              ],
            },
          },
        },
      }),
      nodes: [node("n1"), node("n2"), node("n3")],
      want: `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't satisfy plugin(s) [NodeAffinity]. ${NOT_HELPFUL(3)}`,
    },
    {
      name: "of a port that is taken",
      pod: pod("1", {
        containers: [{ name: "app", image: "app:1", ports: [{ containerPort: 80, hostPort: 80 }] }],
      }),
      nodes: [node("n1")],
      pods: [
        running("old", "n1", "1", {
          containers: [{ name: "app", image: "app:1", ports: [{ containerPort: 80, hostPort: 80 }] }],
        }),
      ],
      want: "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.",
    },
    {
      name: "of pods that it wants near, and of those that it avoids",
      pod: pod("1", {
        affinity: {
          podAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              { topologyKey: "zone", labelSelector: { matchLabels: { app: "old" } } },
            ],
          },
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { app: "old" } } },
            ],
          },
        },
      }),
      nodes: [
        node("n1", "4", {}, { zone: "1", "kubernetes.io/hostname": "n1" }),
        node("n2", "4", {}, { zone: "2", "kubernetes.io/hostname": "n2" }),
      ],
      pods: [running("old", "n1", "1")],
      want: "0/2 nodes are available: 1 node(s) didn't match pod affinity rules, 1 node(s) didn't match pod anti-affinity rules. preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling.",
    },
    {
      name: "of a pod that never takes others away",
      pod: pod("3", { priority: 100, preemptionPolicy: "Never" }),
      nodes: [node("n1")],
      pods: [running("old", "n1", "2")],
      want: "0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never.",
    },
  ];

  test.each(cases)("says why a pod fits nowhere $name", ({ pod: given, nodes, pods = [], want }) => {
    expect(messageOf(decide(given, { nodes, pods }))).toBe(want);
  });

  test("names the plugins whose events may help", () => {
    const decision = decide(pod("8"), {
      nodes: [node("n1"), tainted("n2", { key: "a", effect: "NoSchedule" })],
    });
    expect(decision).toMatchObject({ rejectors: new Set(["NodeResourcesFit", "TaintToleration"]) });
  });

  test("prefers the node with the most room", () => {
    const nodes = ["n1", "n2", "n3"].map((name) => node(name));
    const pods = [running("a", "n1", "2"), running("b", "n3", "1")];
    expect(messageOf(decide(pod("1"), { nodes, pods }))).toBe("placed on n2");
  });

  test("avoids a node that would rather not have the pod", () => {
    const nodes = [node("n1", "16", { taints: [{ key: "a", effect: "PreferNoSchedule" }] }), node("n2")];
    expect(messageOf(decide(pod("1"), { nodes }))).toBe("placed on n2");
  });

  test("takes any of several nodes that are equally good", () => {
    const nodes = ["n1", "n2", "n3"].map((name) => node(name));
    const picks = [0, 0.4, 0.9].map((random) => messageOf(decide(pod("1"), { nodes }, () => random)));
    expect(picks).toEqual(["placed on n1", "placed on n2", "placed on n3"]);
  });

  test("never fills a node beyond what it has, and gives up only when no node has room", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 12 });
    const capacities = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(capacities, sizes, (capacity, wanted) => {
        const nodes = capacity.map((cpu, index) => node(`n${String(index)}`, String(cpu)));
        const free = new Map(nodes.map(({ metadata }, index) => [metadata.name, capacity[index] ?? 0]));
        const pods: Pod[] = [];
        for (const [index, cpu] of wanted.entries()) {
          const decision = decide(pod(String(cpu)), { nodes, pods });
          const most = Math.max(...free.values());
          expect(decision.type).toBe(most >= cpu ? "placement" : "failure");
          if (decision.type === "failure") continue;
          const left = (free.get(decision.nodeName) ?? 0) - cpu;
          expect(left).toBeGreaterThanOrEqual(0);
          free.set(decision.nodeName, left);
          pods.push(running(`p${String(index)}`, decision.nodeName, String(cpu)));
        }
      }),
      { numRuns: 50 },
    );
  });
});
