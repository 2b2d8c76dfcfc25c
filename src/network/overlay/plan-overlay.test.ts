import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Node } from "#api/generated/core-v1.ts";
import { diffOverlay, type OverlayChange } from "./diff-overlay.ts";
import { annotationsOf, factsOf, type NodeFacts } from "./node-facts.ts";
import { type OverlayPlan, type OverlaySelf, type OverlayState, planOverlay } from "./plan-overlay.ts";
import { vtepAddressOf } from "./vxlan-link.ts";

const self: OverlaySelf = {
  nodeName: "me",
  backend: "vxlan",
  link: 7,
  networks: ["192.168.9.1/24", "fd09::1/64"],
  local: "192.168.9.1",
};

/** That of node "a". */
const MAC = vtepAddressOf("a");

const vxlan: NodeFacts = {
  backend: "vxlan",
  addresses: ["192.168.9.2", "fd09::2"],
  linkAddress: MAC,
};

const hostGw: NodeFacts = { ...vxlan, backend: "host-gw", linkAddress: "" };

function aNode(name: string, facts: NodeFacts | undefined, ...podCIDRs: readonly string[]): Node {
  const annotations = facts === undefined ? {} : (annotationsOf(facts) as Record<string, string>);
  return { apiVersion: "v1", kind: "Node", metadata: { name, uid: name, annotations }, spec: { podCIDRs } };
}

/** As the tools of iproute2 show it. */
function format({ routes, neighbours, forwardingEntries, problems }: OverlayPlan): readonly string[] {
  return [
    ...routes.map(({ destination, gateway, link, isOnLink, metric, protocol }) =>
      [
        `${destination} via ${String(gateway)} dev ${String(link)} proto ${String(protocol)}`,
        ...(metric === undefined ? [] : [`metric ${String(metric)}`]),
        ...(isOnLink === true ? ["onlink"] : []),
      ].join(" "),
    ),
    ...neighbours.map(({ address, linkAddress }) => `${address} lladdr ${linkAddress}`),
    ...forwardingEntries.map(({ linkAddress, destination }) => `${linkAddress} dst ${destination}`),
    ...problems,
  ];
}

describe("planOverlay", () => {
  interface Case {
    readonly name: string;
    readonly nodes: readonly Node[];
    readonly self?: Partial<OverlaySelf>;
    readonly want: readonly string[];
  }
  const cases: readonly Case[] = [
    { name: "needs nothing for the node itself", nodes: [aNode("me", vxlan, "10.42.0.0/24")], want: [] },
    {
      name: "waits for nodes that have not published anything or have no range",
      nodes: [aNode("a", undefined, "10.42.1.0/24"), aNode("b", vxlan)],
      want: [],
    },
    {
      name: "leads both families through the tunnel to one address",
      nodes: [aNode("a", vxlan, "10.42.1.0/24", "fd42:0:0:1::/64")],
      want: [
        "10.42.1.0/24 via 10.42.1.0 dev 7 proto 107 onlink",
        "fd42:0:0:1::/64 via fd42:0:0:1:: dev 7 proto 107 metric 1024 onlink",
        `10.42.1.0 lladdr ${MAC}`,
        `fd42:0:0:1:: lladdr ${MAC}`,
        `${MAC} dst 192.168.9.2`,
      ],
    },
    {
      name: "sends through IPv6 from a host that has that",
      nodes: [aNode("a", vxlan, "10.42.1.0/24")],
      self: { local: "fd09::1" },
      want: [
        "10.42.1.0/24 via 10.42.1.0 dev 7 proto 107 onlink",
        `10.42.1.0 lladdr ${MAC}`,
        `${MAC} dst fd09::2`,
      ],
    },
    {
      name: "lets no node have what is for another",
      nodes: [aNode("b", vxlan, "10.42.2.0/24")],
      want: [`Node "b" has ${MAC} for a VXLAN link, which is not its own address`],
    },
    {
      name: "says when a node has no address of the tunnel's family",
      nodes: [aNode("a", { ...vxlan, addresses: ["fd09::2"] }, "10.42.1.0/24")],
      want: ['Node "a" has no IPv4 address: give it one with --node-ip'],
    },
    {
      name: "goes straight to the hosts of the same link with host-gw",
      nodes: [aNode("a", hostGw, "10.42.1.0/24", "fd42:0:0:1::/64")],
      self: { backend: "host-gw" },
      want: [
        "10.42.1.0/24 via 192.168.9.2 dev 7 proto 107",
        "fd42:0:0:1::/64 via fd09::2 dev 7 proto 107 metric 1024",
      ],
    },
    {
      name: "says when host-gw cannot reach a node",
      nodes: [aNode("a", { ...hostGw, addresses: ["192.168.7.2"] }, "10.42.1.0/24", "fd42:0:0:1::/64")],
      self: { backend: "host-gw" },
      want: [
        'Node "a" at 192.168.7.2 is not on the link of 192.168.9.1/24, fd09::1/64, and the network backend host-gw reaches no other: use vxlan',
        'Node "a" has no address of the family of fd42:0:0:1::/64',
      ],
    },
    {
      name: "says when nodes have different backends",
      nodes: [aNode("a", hostGw, "10.42.1.0/24")],
      want: [
        'Node "a" has the network backend host-gw, this one vxlan: give both the same --network-backend',
      ],
    },
    {
      name: "leaves everything to others with none",
      nodes: [aNode("a", vxlan, "10.42.1.0/24")],
      self: { backend: "none" },
      want: [],
    },
  ];

  test.each(cases)("$name", ({ nodes, self: facts, want }) => {
    expect(format(planOverlay(nodes, { ...self, ...facts }))).toEqual([...want]);
  });

  test("does not depend on the order of nodes", () => {
    const nodes = ["a", "b", "c"].map((name, index) =>
      aNode(name, { ...vxlan, linkAddress: vtepAddressOf(name) }, `10.42.${String(index)}.0/24`),
    );
    fc.assert(
      fc.property(fc.shuffledSubarray(nodes, { minLength: nodes.length }), (shuffled) => {
        expect(planOverlay(shuffled, self)).toEqual(planOverlay(nodes, self));
      }),
    );
  });
});

describe("diffOverlay", () => {
  /** Any cluster of up to six nodes with addresses that may move. */
  const clusters = fc
    .uniqueArray(fc.integer({ min: 1, max: 6 }), { maxLength: 6 })
    .chain((numbers) =>
      fc.tuple(
        ...numbers.map((number) =>
          fc.integer({ min: 2, max: 9 }).map((host) => {
            const linkAddress = vtepAddressOf(`n${String(number)}`);
            const facts = { ...vxlan, addresses: [`192.168.9.${String(host)}`], linkAddress };
            return aNode(`n${String(number)}`, facts, `10.42.${String(number)}.0/24`);
          }),
        ),
      ),
    )
    .map((nodes) => planOverlay(nodes, self));

  test("leads from any state to any other, and is quiet there", () => {
    fc.assert(
      fc.property(clusters, clusters, (before, after) => {
        const reached = diffOverlay(before, after).reduce(perform, before);
        expect(sorted(reached)).toEqual(sorted(after));
        expect(diffOverlay(reached, after)).toEqual([]);
      }),
    );
  });

  test("replaces a route of its own and adds one where it has none", () => {
    const [before, after] = ["192.168.9.2", "192.168.9.3"].map((address) =>
      planOverlay([aNode("a", { ...hostGw, addresses: [address] }, "10.42.1.0/24")], {
        ...self,
        backend: "host-gw",
      }),
    );
    if (before === undefined || after === undefined) throw new RangeError("No plans");
    const types = (from: OverlayState, to: OverlayState) => diffOverlay(from, to).map(({ type }) => type);
    const nothing = planOverlay([], self);
    expect(types(before, after)).toEqual(["replaceRoute"]);
    expect(types(nothing, after)).toEqual(["addRoute"]);
    expect(types(after, nothing)).toEqual(["deleteRoute"]);
  });
});

/** What the kernel does. */
function perform(state: OverlayState, change: OverlayChange): OverlayState {
  switch (change.type) {
    case "addRoute":
    case "replaceRoute":
      return { ...state, routes: put(state.routes, change.value, (each) => each.destination) };
    case "deleteRoute":
      return { ...state, routes: state.routes.filter((each) => !Bun.deepEquals(each, change.value)) };
    case "setNeighbour":
      return { ...state, neighbours: put(state.neighbours, change.value, (each) => each.address) };
    case "deleteNeighbour":
      return { ...state, neighbours: state.neighbours.filter((each) => !Bun.deepEquals(each, change.value)) };
    case "setForwardingEntry":
      return {
        ...state,
        forwardingEntries: put(state.forwardingEntries, change.value, (each) => each.linkAddress),
      };
    case "deleteForwardingEntry":
      return {
        ...state,
        forwardingEntries: state.forwardingEntries.filter((each) => !Bun.deepEquals(each, change.value)),
      };
  }
}

function put<T>(list: readonly T[], value: T, keyOf: (value: T) => string): readonly T[] {
  return [...list.filter((each) => keyOf(each) !== keyOf(value)), value];
}

function sorted({ routes, neighbours, forwardingEntries }: OverlayState): readonly string[] {
  return [...routes, ...neighbours, ...forwardingEntries].map((each) => JSON.stringify(each)).toSorted();
}

describe("factsOf", () => {
  test.each([
    { name: "of a tunnel", facts: vxlan },
    { name: "of a gateway", facts: hostGw },
  ])("reads what was published $name", ({ facts }) => {
    expect(factsOf(aNode("a", facts))).toEqual(facts);
  });

  test.each([
    { name: "an unknown backend", facts: { ...vxlan, backend: "wireguard" } },
    { name: "no address", facts: { ...vxlan, addresses: [] } },
    { name: "an address that is none", facts: { ...vxlan, addresses: ["192.168.9"] } },
    { name: "a tunnel without a link-layer address", facts: { ...vxlan, linkAddress: "" } },
    { name: "a link-layer address that is none", facts: { ...vxlan, linkAddress: "02:00" } },
  ])("ignores $name", ({ facts }) => {
    expect(factsOf(aNode("a", facts as NodeFacts))).toBeUndefined();
  });
});

test("link-layer addresses differ from node to node and are local", () => {
  expect(vtepAddressOf("n1")).toMatch(/^[0-9a-f][26ae](:[0-9a-f]{2}){5}$/);
  expect(vtepAddressOf("n1")).not.toBe(vtepAddressOf("n2"));
});
