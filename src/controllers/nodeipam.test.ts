import { describe, expect, test } from "bun:test";
import type { Node } from "#api/generated/core-v1.ts";
import { type CIDR, parseCIDR } from "#base/cidr.ts";
import type { Action } from "#reconcile/action.ts";
import { planNodeIpam } from "./nodeipam.ts";

const cluster = parseCIDR("10.42.0.0/23") as CIDR;

describe("planNodeIpam", () => {
  const cases: { name: string; nodes: Node[]; want: string[] }[] = [
    {
      name: "gives each node its own range",
      nodes: [aNode("b"), aNode("a")],
      want: ["a 10.42.0.0/24", "b 10.42.1.0/24"],
    },
    {
      name: "leaves ranges that are taken",
      nodes: [aNode("a", "10.42.0.0/24"), aNode("b")],
      want: ["b 10.42.1.0/24"],
    },
    {
      name: "uses the range of a node that has gone",
      nodes: [aNode("b", "10.42.1.0/24"), aNode("c")],
      want: ["c 10.42.0.0/24"],
    },
    {
      name: "says when no range is left",
      nodes: [aNode("a", "10.42.0.0/24"), aNode("b", "10.42.1.0/24"), aNode("c")],
      want: ["event CIDRNotAvailable"],
    },
    { name: "is quiet when every node has one", nodes: [aNode("a", "10.42.0.0/24")], want: [] },
  ];

  test.each(cases)("$name", ({ nodes, want }) => {
    expect(planNodeIpam({ nodes, cluster }).actions.map(describeAction)).toEqual(want);
    expect(planNodeIpam({ nodes: nodes.toReversed(), cluster }).actions.map(describeAction)).toEqual(want);
  });
});

function aNode(name: string, podCIDR?: string): Node {
  const spec = podCIDR === undefined ? {} : { podCIDR, podCIDRs: [podCIDR] };
  return { apiVersion: "v1", kind: "Node", metadata: { name, uid: `uid-${name}` }, spec };
}

function describeAction(action: Action): string {
  if (action.type === "event") return `event ${action.event.reason}`;
  if (action.type !== "patch") return action.type;
  return `${action.target.name} ${(action.patch["spec"] as { podCIDR: string }).podCIDR}`;
}
