import { describe, expect, test } from "bun:test";
import { aNode, aPod } from "#testing/objects.ts";
import { verdicts, wantsRetry } from "#testing/scheduling.ts";
import { nodeUnschedulablePlugin, REASON_UNSCHEDULABLE } from "./node-unschedulable.ts";

const open = aNode("n");
const cordoned = aNode("n", { spec: { unschedulable: true } });
const plain = aPod("a");
const tolerant = aPod("a", {
  spec: {
    tolerations: [{ key: "node.kubernetes.io/unschedulable", operator: "Exists", effect: "NoSchedule" }],
  },
});

describe("nodeUnschedulablePlugin", () => {
  const cases = [
    { name: "takes a node that is open", pod: plain, node: open, want: "fits" },
    {
      name: "avoids a cordoned node",
      pod: plain,
      node: cordoned,
      want: `UnschedulableAndUnresolvable: ${REASON_UNSCHEDULABLE}`,
    },
    {
      name: "takes a cordoned node for a pod that tolerates it",
      pod: tolerant,
      node: cordoned,
      want: "fits",
    },
  ];

  test.each(cases)("$name", ({ pod, node, want }) => {
    expect(verdicts(nodeUnschedulablePlugin, pod, { nodes: [node] })).toEqual({ n: want });
  });

  const hints = [
    { name: "a new node", change: { object: open }, action: "Add", want: true },
    { name: "a new node that is cordoned", change: { object: cordoned }, action: "Add", want: false },
    {
      name: "a node that is opened",
      change: { previous: cordoned, object: open },
      action: "UpdateNodeTaint",
      want: true,
    },
    {
      name: "a node that stays open",
      change: { previous: open, object: open },
      action: "UpdateNodeTaint",
      want: false,
    },
  ] as const;

  test.each(hints)("wants a retry for $name: $want", ({ change, action, want }) => {
    expect(wantsRetry(nodeUnschedulablePlugin, plain, { resource: "Node", action, change })).toBe(want);
  });

  test("wants a retry when the pod has come to tolerate it", () => {
    const event = {
      resource: "UnschedulablePod",
      action: "UpdatePodToleration",
      change: { previous: plain, object: tolerant },
    } as const;
    expect(wantsRetry(nodeUnschedulablePlugin, plain, event)).toBeTrue();
    expect(wantsRetry(nodeUnschedulablePlugin, aPod("b"), event)).toBeFalse();
  });
});
