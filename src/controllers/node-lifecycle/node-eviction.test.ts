import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Node } from "#api/generated/core-v1.ts";
import {
  aConditionedNode,
  type ConditionedNodeOptions,
  describeNodePlan,
  NODE_TEST_NOW,
} from "#testing/nodes.ts";
import { PlanModel } from "#testing/plan-model.ts";
import { planNodeEviction } from "./node-eviction.ts";

const inZone = (zone: string): { labels: Record<string, string> } => ({
  labels: { "topology.kubernetes.io/zone": zone },
});
const lost = (name: string, options: ConditionedNodeOptions = {}): Node =>
  aConditionedNode(name, { conditions: ["Ready=Unknown"], ...options });
const ready = (name: string, options: ConditionedNodeOptions = {}): Node => aConditionedNode(name, options);

function several(
  count: number,
  make: (name: string, options: ConditionedNodeOptions) => Node,
  zone: string,
  ...taints: string[]
): Node[] {
  return Array.from({ length: count }, (_, index) =>
    make(`${zone}${String(index).padStart(2, "0")}`, { ...inZone(zone), taints }),
  );
}

const plan = (nodes: readonly Node[], now = NODE_TEST_NOW) => planNodeEviction({ nodes, now });

describe("planNodeEviction", () => {
  const cases: { name: string; nodes: Node[]; want: string[] }[] = [
    { name: "leaves nodes alone that are ready", nodes: [ready("a"), ready("b")], want: [] },
    {
      name: "has nobody leave an unreachable node",
      nodes: [ready("a"), lost("b")],
      want: ["taint b unreachable:NoExecute"],
    },
    {
      name: "has everybody leave a node that is not ready",
      nodes: [ready("a"), lost("b", { conditions: ["Ready=False"], taints: ["not-ready:NoSchedule"] })],
      want: ["taint b not-ready:NoSchedule not-ready:NoExecute"],
    },
    {
      name: "one node after the other, the longest lost one first",
      nodes: [ready("a"), ready("b"), lost("c", { ageSeconds: 60 }), lost("d", { ageSeconds: 90 })],
      want: ["taint d unreachable:NoExecute", "requeue 10000ms"],
    },
    {
      name: "waits its time",
      nodes: [ready("a"), ready("b"), lost("c"), lost("d", { taints: ["unreachable:NoExecute@4"] })],
      want: ["requeue 6000ms"],
    },
    {
      name: "goes on when it is time",
      nodes: [ready("a"), ready("b"), lost("c"), lost("d", { taints: ["unreachable:NoExecute@10"] })],
      want: ["taint c unreachable:NoExecute"],
    },
    {
      name: "changes one taint for the other at once",
      nodes: [
        ready("a"),
        lost("b", { taints: ["not-ready:NoExecute@1"] }),
        lost("c", { conditions: ["Ready=False"], taints: ["unreachable:NoExecute@1"] }),
      ],
      want: ["taint b unreachable:NoExecute", "taint c not-ready:NoExecute"],
    },
    {
      name: "takes the taints of nodes that are back",
      nodes: [
        ready("a", {
          taints: ["unreachable:NoExecute@50", "example.com/x:NoExecute", "unreachable:NoSchedule"],
        }),
      ],
      want: ["taint a example.com/x:NoExecute unreachable:NoSchedule"],
    },
    {
      name: "believes that it is cut off when no node is ready",
      nodes: [lost("a"), lost("b", { taints: ["unreachable:NoExecute@50"] }), lost("c", inZone("z"))],
      want: ["taint b"],
    },
    {
      name: "a zone without a ready node is driven out while another is ready",
      nodes: [...several(2, lost, "x"), ...several(2, ready, "y")],
      want: ["taint x00 unreachable:NoExecute", "requeue 10000ms"],
    },
    {
      name: "every zone has its own rate",
      nodes: [
        ...several(1, lost, "x"),
        ...several(2, ready, "x1"),
        ...several(1, lost, "y"),
        ...several(2, ready, "y1"),
      ],
      want: ["taint x00 unreachable:NoExecute", "taint y00 unreachable:NoExecute"],
    },
    {
      name: "stops in a small zone of which much is lost",
      nodes: [...several(3, lost, "x"), ...several(2, ready, "x")],
      want: [],
    },
    {
      name: "goes on in a zone of which less is lost",
      nodes: [...several(3, lost, "x"), ...several(3, ready, "x")],
      want: ["taint x00 unreachable:NoExecute", "requeue 10000ms"],
    },
    {
      name: "slows down in a large zone of which much is lost",
      nodes: [...several(30, lost, "x"), ...several(21, ready, "x")],
      want: ["taint x00 unreachable:NoExecute", "requeue 100000ms"],
    },
    {
      name: "does not count nodes that ask for it",
      nodes: [
        ...several(3, lost, "x"),
        ...several(3, ready, "x"),
        lost("y", { labels: { ...inZone("x").labels, "node.kubernetes.io/exclude-disruption": "" } }),
      ],
      want: ["taint x00 unreachable:NoExecute", "requeue 10000ms"],
    },
    {
      name: "drives off nodes that are not counted even when they are all",
      nodes: [lost("a", { labels: { "node.kubernetes.io/exclude-disruption": "" } })],
      want: ["taint a unreachable:NoExecute"],
    },
    {
      name: "leaves nodes alone that never said anything, which are not ready all the same",
      nodes: [ready("a"), lost("b", { conditions: [], taints: ["unreachable:NoExecute@50"] })],
      want: [],
    },
  ];
  test.each(cases)("$name", ({ nodes, want }) => {
    expect(describeNodePlan(plan(nodes))).toEqual(want);
  });
});

describe("laws", () => {
  const node = fc.record({
    ready: fc.constantFrom("True", "True", "False", "Unknown"),
    zone: fc.constantFrom("x", "y"),
    taint: fc.constantFrom(
      [],
      ["unreachable:NoExecute@50"],
      ["not-ready:NoExecute@5"],
      ["example.com/x:NoExecute"],
    ),
  });

  test("pure, stable and safe: with time all that must go are told so, and only if somebody is ready", () => {
    fc.assert(
      fc.property(fc.array(node, { maxLength: 6 }), (nodes) => {
        const model = new PlanModel(
          nodes.map(({ ready: status, zone, taint }, index) =>
            aConditionedNode(`n${String(index)}`, {
              conditions: [`Ready=${status}`],
              taints: taint,
              ...inZone(zone),
            }),
          ),
        );
        let now = NODE_TEST_NOW.getTime();
        for (let step = 0; step < 10; step += 1) {
          const view = { nodes: model.of<Node>("Node"), now: new Date(now) };
          const { actions, requeueAfterMs } = planNodeEviction(view);
          expect(planNodeEviction(view)).toEqual({
            actions,
            ...(requeueAfterMs !== undefined && { requeueAfterMs }),
          });
          expect(actions.every(({ type }) => type === "update")).toBeTrue();
          model.apply({ actions });
          now += requeueAfterMs ?? 0;
        }
        expect(plan(model.of("Node"), new Date(now))).toEqual({ actions: [] });
        const isAnyReady = nodes.some(({ ready: status }) => status === "True");
        for (const { status, spec } of model.of<Node>("Node")) {
          const isReady = status?.conditions?.[0]?.status === "True";
          const own = spec.taints?.filter(({ key }) => key !== "example.com/x") ?? [];
          if (isReady || !isAnyReady) expect(own).toEqual([]);
          expect(own.length).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});
