import { describe, expect, test } from "bun:test";
import type { Node } from "#api/generated/core-v1.ts";
import { parseCIDRs } from "#base/cidr.ts";
import type { Action } from "#reconcile/action.ts";
import { type ClusterRange, planNodeIpam } from "./nodeipam.ts";

function rangesOf(text: string): readonly ClusterRange[] {
  return (parseCIDRs(text) ?? []).map((cluster) => ({
    cluster,
    nodePrefixLength: cluster.base.family === 4 ? 24 : 64,
  }));
}

describe("planNodeIpam", () => {
  const cases: { name: string; nodes: Node[]; ranges?: string; want: string[] }[] = [
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
    {
      name: "gives each node a range of both families",
      ranges: "10.42.0.0/23,fd42::/56",
      nodes: [
        aNode("a", "10.42.0.0/24", "fd42::/64"),
        aNode("b"),
        aNode("c", "10.42.9.0/24", "fd42:0:0:1::/64"),
      ],
      want: ["b 10.42.1.0/24,fd42:0:0:2::/64"],
    },
    {
      name: "gives nothing when one family has nothing left",
      ranges: "10.42.0.0/24,fd42::/56",
      nodes: [aNode("a", "10.42.0.0/24", "fd42::/64"), aNode("b")],
      want: ["event CIDRNotAvailable"],
    },
    {
      name: "gives IPv6 alone",
      ranges: "fd42::/63",
      nodes: [aNode("a"), aNode("b"), aNode("c")],
      want: ["a fd42::/64", "b fd42:0:0:1::/64", "event CIDRNotAvailable"],
    },
    { name: "is quiet when every node has one", nodes: [aNode("a", "10.42.0.0/24")], want: [] },
  ];

  test.each(cases)("$name", ({ nodes, ranges: text = "10.42.0.0/23", want }) => {
    const ranges = rangesOf(text);
    expect(planNodeIpam({ nodes, ranges }).actions.map(describeAction)).toEqual(want);
    expect(planNodeIpam({ nodes: nodes.toReversed(), ranges }).actions.map(describeAction)).toEqual(want);
  });
});

function aNode(name: string, ...podCIDRs: readonly string[]): Node {
  const [podCIDR] = podCIDRs;
  const spec = podCIDR === undefined ? {} : { podCIDR, podCIDRs };
  return { apiVersion: "v1", kind: "Node", metadata: { name, uid: `uid-${name}` }, spec };
}

function describeAction(action: Action): string {
  if (action.type === "event") return `event ${action.event.reason}`;
  if (action.type !== "patch") return action.type;
  return `${action.target.name} ${(action.patch["spec"] as { podCIDRs: readonly string[] }).podCIDRs.join()}`;
}
