import { expect, test } from "bun:test";
import { fitMessage } from "./fit-message.ts";
import type { NodeRejections } from "./node-rejections.ts";
import { unresolvable, unschedulable } from "./status.ts";

function rejections(byNode: Readonly<Record<string, readonly string[]>>, ...others: readonly string[]) {
  const entries = Object.entries(byNode).map(
    ([name, reasons]) => [name, { ...unschedulable(...reasons), plugin: "P" }] as const,
  );
  return { byNode: new Map(entries), others: unresolvable(...others) } satisfies NodeRejections;
}

test.each([
  {
    name: "counts equal reasons and sorts what it has counted",
    nodes: 12,
    rejections: rejections(
      Object.fromEntries([
        ...Array.from({ length: 10 }, (_, index) => [`a${String(index)}`, ["Insufficient cpu"]]),
        ["b", ["Insufficient cpu", "Insufficient memory"]],
        ["c", ["node(s) were unschedulable"]],
      ]),
    ),
    more: {},
    want: "0/12 nodes are available: 1 Insufficient memory, 1 node(s) were unschedulable, 11 Insufficient cpu.",
  },
  {
    name: "counts the nodes that were not looked at",
    nodes: 3,
    rejections: rejections({ a: ["Too many pods"] }, "node(s) didn't satisfy plugin(s) [NodeAffinity]"),
    more: {},
    want: "0/3 nodes are available: 1 Too many pods, 2 node(s) didn't satisfy plugin(s) [NodeAffinity].",
  },
  {
    name: "says instead what kept all nodes from being looked at",
    nodes: 3,
    rejections: rejections({}, "pod affinity terms conflict"),
    more: { preFilter: "pod affinity terms conflict" },
    want: "0/3 nodes are available: pod affinity terms conflict.",
  },
  {
    name: "adds what preemption has to say",
    nodes: 1,
    rejections: rejections({ a: ["Insufficient cpu"] }),
    more: { postFilter: "preemption: not eligible due to preemptionPolicy=Never." },
    want: "0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never.",
  },
  {
    name: "is short when there is nothing to say",
    nodes: 1,
    rejections: rejections({ a: [] }),
    more: { postFilter: "" },
    want: "0/1 nodes are available:",
  },
])("$name", ({ nodes, rejections: given, more, want }) => {
  expect(fitMessage(nodes, given, more)).toBe(want);
});
