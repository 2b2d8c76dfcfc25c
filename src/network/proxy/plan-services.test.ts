import { describe, expect, test } from "bun:test";
import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import { NODE, NODE_IP, OUTSIDE, type PacketCase, POD, WAYS } from "#testing/proxied-packets.ts";
import { anEndpoint, anEndpointSlice, aService } from "#testing/service-objects.ts";
import { IPV6 } from "../nft/address-family.ts";
import { diffRulesets } from "../nft/diff.ts";
import { FakeNft } from "../nft/fake-nft.ts";
import type { Packet } from "../nft/packet.ts";
import { planServices } from "./plan-services.ts";
import type { ProxyNode } from "./proxy-node.ts";

const local = "10.42.0.5";
const remote = "10.42.1.5";
const endpoints = [anEndpoint(local), anEndpoint(remote, { node: "n2" })];
const onlyRemote = [anEndpoint(remote, { node: "n2" })];
const nodePort = { type: "NodePort", ports: [{ nodePort: 30080 }] } as const;

interface Case extends PacketCase {
  readonly name: string;
  readonly want: readonly string[];
  /** What iptables comes to, where that is something else. */
  readonly iptables?: readonly string[];
}

describe.each(WAYS)("Services by $way: ClusterIP", ({ way, outcomes }) => {
  const services = [aService("web", "10.43.0.1")];
  const slices = [anEndpointSlice("web", endpoints)];
  const cases: readonly Case[] = [
    { name: "sends a pod to each endpoint", packet: {}, want: [`${local}:8080`, `${remote}:8080`] },
    {
      name: "sends the host to each endpoint",
      packet: { source: "10.42.0.1", fromHost: true },
      want: [`${local}:8080`, `${remote}:8080`],
    },
    {
      name: "masquerades clients from outside the cluster",
      packet: { source: OUTSIDE },
      want: [`${local}:8080 masqueraded`, `${remote}:8080 masqueraded`],
    },
    {
      name: "masquerades an endpoint that reaches itself",
      packet: { source: local },
      want: [`${local}:8080 masqueraded`, `${remote}:8080`],
    },
    {
      name: "rejects a port that the Service does not have",
      packet: { destinationPort: 81 },
      want: ["rejected"],
      iptables: ["10.43.0.1:81"],
    },
    {
      name: "rejects another protocol",
      packet: { protocol: "UDP" },
      want: ["rejected"],
      iptables: ["10.43.0.1:80"],
    },
    {
      name: "drops traffic to an address that no Service has",
      packet: { destination: "10.43.0.77" },
      want: ["dropped"],
      iptables: ["10.43.0.77:80"],
    },
    {
      name: "leaves other traffic alone",
      packet: { destination: "8.8.8.8" },
      want: ["8.8.8.8:80"],
    },
    {
      name: "has no node port",
      packet: { destination: NODE_IP, destinationPort: 30080 },
      want: [`${NODE_IP}:30080`],
    },
  ];
  test.each(cases)("$name", ({ packet, want, iptables = want }) => {
    expect(outcomes({ services, slices, packet })).toEqual([...(way === "iptables" ? iptables : want)]);
  });
});

describe.each(WAYS)("Services by $way: endpoints", ({ way, outcomes }) => {
  const services = [aService("web", "10.43.0.1", nodePort)];
  const cases: readonly Case[] = [
    { name: "rejects without slices", slices: [], packet: {}, want: ["rejected"] },
    {
      name: "rejects without endpoints",
      slices: [anEndpointSlice("web", [])],
      packet: {},
      want: ["rejected"],
    },
    {
      name: "rejects the node port without endpoints",
      slices: [anEndpointSlice("web", [])],
      packet: { source: OUTSIDE, destination: NODE_IP, destinationPort: 30080 },
      want: ["rejected"],
    },
    {
      name: "rejects the node port without endpoints from the host itself",
      slices: [anEndpointSlice("web", [])],
      packet: { source: NODE_IP, fromHost: true, destination: NODE_IP, destinationPort: 30080 },
      want: ["rejected"],
    },
    {
      name: "leaves out endpoints that are not ready",
      slices: [anEndpointSlice("web", [anEndpoint(local), anEndpoint(remote, { ready: false })])],
      packet: {},
      want: [`${local}:8080`],
    },
    {
      name: "takes an endpoint without conditions as ready",
      slices: [anEndpointSlice("web", [{ addresses: [local] }])],
      packet: {},
      want: [`${local}:8080`],
    },
    {
      name: "falls back to endpoints that terminate and serve",
      slices: [
        anEndpointSlice("web", [
          anEndpoint(local, { ready: false, serving: true, terminating: true }),
          anEndpoint(remote, { ready: false, serving: false, terminating: true }),
        ]),
      ],
      packet: {},
      want: [`${local}:8080`],
    },
    {
      name: "prefers ready endpoints to terminating ones",
      slices: [
        anEndpointSlice("web", [
          anEndpoint(local, { ready: false, serving: true, terminating: true }),
          anEndpoint(remote),
        ]),
      ],
      packet: {},
      want: [`${remote}:8080`],
    },
    {
      name: "prefers the pod that runs where two have one address",
      slices: [
        anEndpointSlice("web", [
          anEndpoint(local),
          anEndpoint(local, { ready: false, serving: true, terminating: true }),
        ]),
      ],
      packet: {},
      want: [`${local}:8080`],
    },
    {
      name: "joins several slices",
      slices: [
        anEndpointSlice("web", [local]),
        anEndpointSlice("web", [remote], {
          metadata: { ...anEndpointSlice("web", []).metadata, name: "web-2" },
        }),
      ],
      packet: {},
      want: [`${local}:8080`, `${remote}:8080`],
    },
    {
      name: "ignores slices of another family",
      slices: [anEndpointSlice("web", ["fd00::1"], { addressType: "IPv6" })],
      packet: {},
      want: ["rejected"],
    },
    {
      name: "ignores slices of another Service",
      slices: [anEndpointSlice("other", [local])],
      packet: {},
      want: ["rejected"],
    },
    {
      name: "ignores a slice's port of another name",
      slices: [
        anEndpointSlice("web", [local], { ports: [{ name: "metrics", port: 9090, protocol: "TCP" }] }),
      ],
      packet: {},
      want: ["rejected"],
    },
  ];
  test.each(cases)("$name", ({ slices = [], packet, want, iptables = want }) => {
    expect(outcomes({ services, slices, packet })).toEqual([...(way === "iptables" ? iptables : want)]);
  });
});

describe.each(WAYS)("Services by $way: traffic policies", ({ way, outcomes }) => {
  const fromOutside: Partial<Packet> = { source: OUTSIDE, destination: NODE_IP, destinationPort: 30080 };
  const service = (facts: Parameters<typeof aService>[2]) => [
    aService("web", "10.43.0.1", { ...nodePort, ...facts }),
  ];
  const externalLocal = service({ externalTrafficPolicy: "Local" });
  const internalLocal = service({ internalTrafficPolicy: "Local" });
  const both = [anEndpointSlice("web", endpoints)];
  const away = [anEndpointSlice("web", onlyRemote)];
  const all = [`${local}:8080`, `${remote}:8080`];
  const cases: readonly Case[] = [
    {
      name: "external Local keeps to local endpoints and the client's address",
      services: externalLocal,
      slices: both,
      packet: fromOutside,
      want: [`${local}:8080`],
    },
    {
      name: "external Local drops what has no local endpoint",
      services: externalLocal,
      slices: away,
      packet: fromOutside,
      want: ["dropped"],
    },
    {
      name: "external Local lets pods reach all endpoints",
      services: externalLocal,
      slices: both,
      packet: { ...fromOutside, source: POD },
      want: all,
    },
    {
      name: "external Local lets pods reach endpoints elsewhere",
      services: externalLocal,
      slices: away,
      packet: { ...fromOutside, source: POD },
      want: [`${remote}:8080`],
    },
    {
      name: "external Local lets the host reach all endpoints",
      services: externalLocal,
      slices: both,
      packet: { ...fromOutside, source: NODE_IP, fromHost: true },
      want: all.map((target) => `${target} masqueraded`),
    },
    {
      name: "external Local leaves the ClusterIP alone",
      services: externalLocal,
      slices: both,
      packet: {},
      want: all,
    },
    {
      name: "external Local rejects what has no endpoint anywhere",
      services: externalLocal,
      slices: [],
      packet: fromOutside,
      want: ["rejected"],
    },
    {
      name: "internal Local keeps to local endpoints",
      services: internalLocal,
      slices: both,
      packet: {},
      want: [`${local}:8080`],
    },
    {
      name: "internal Local drops what has no local endpoint",
      services: internalLocal,
      slices: away,
      packet: {},
      want: ["dropped"],
    },
    {
      name: "internal Local leaves node ports alone",
      services: internalLocal,
      slices: both,
      packet: fromOutside,
      want: all.map((target) => `${target} masqueraded`),
    },
    {
      name: "both Local falls back to local endpoints that terminate and serve",
      services: service({ internalTrafficPolicy: "Local", externalTrafficPolicy: "Local" }),
      slices: [
        anEndpointSlice("web", [
          anEndpoint(local, { ready: false, serving: true, terminating: true }),
          anEndpoint(remote, { node: "n2" }),
        ]),
      ],
      packet: {},
      want: [`${local}:8080`],
    },
  ];
  test.each(cases)("$name", ({ services = [], slices = [], packet, want, iptables = want }) => {
    expect(outcomes({ services, slices, packet })).toEqual([...(way === "iptables" ? iptables : want)]);
  });
});

describe.each(WAYS)("Services by $way: hints", ({ outcomes }) => {
  const third = "10.42.2.5";
  const here = { forZones: ["z1"], forNodes: ["n1"] };
  const there = { node: "n2", forZones: ["z2"], forNodes: ["n2"] };
  const zoneOnly = { node: "n3", forZones: ["z1"], forNodes: ["n3"] };
  const targets = (...addresses: readonly string[]) => addresses.map((address) => `${address}:8080`);
  const cases: readonly { name: string; endpoints: EndpointSlice["endpoints"]; want: readonly string[] }[] = [
    {
      name: "keeps to the node's endpoints where all have hints for nodes",
      endpoints: [anEndpoint(local, here), anEndpoint(third, zoneOnly), anEndpoint(remote, there)],
      want: targets(local),
    },
    {
      name: "keeps to the zone where none is meant for the node",
      endpoints: [anEndpoint(third, zoneOnly), anEndpoint(remote, there)],
      want: targets(third),
    },
    {
      name: "keeps to the zone where one has no hint for a node",
      endpoints: [anEndpoint(local, { forZones: ["z1", "z2"] }), anEndpoint(remote, there)],
      want: targets(local),
    },
    {
      name: "takes all where one has no hint",
      endpoints: [anEndpoint(local, here), anEndpoint(remote, { node: "n2" })],
      want: targets(local, remote),
    },
    {
      name: "takes all where none is meant for the zone",
      endpoints: [anEndpoint(remote, there), anEndpoint(third, { ...there, node: "n3" })],
      want: targets(remote, third),
    },
    {
      name: "does not ask endpoints that are not ready",
      endpoints: [anEndpoint(local, here), anEndpoint(remote, { ...there, forNodes: [], ready: false })],
      want: targets(local),
    },
    {
      name: "takes all that terminate where none is ready",
      endpoints: [
        anEndpoint(local, { ...here, ready: false, serving: true, terminating: true }),
        anEndpoint(remote, { ...there, ready: false, serving: true, terminating: true }),
      ],
      want: targets(local, remote),
    },
  ];
  test.each(cases)("$name", ({ endpoints, want }) => {
    const services = [aService("web", "10.43.0.1")];
    expect(outcomes({ services, slices: [anEndpointSlice("web", endpoints)], packet: {} })).toEqual([
      ...want,
    ]);
  });

  test("do not count for traffic policy Local", () => {
    const services = [aService("web", "10.43.0.1", { internalTrafficPolicy: "Local" })];
    const slices = [
      anEndpointSlice("web", [anEndpoint(local, { forZones: ["z2"] }), anEndpoint(remote, there)]),
    ];
    expect(outcomes({ services, slices, packet: {} })).toEqual([`${local}:8080`]);
  });
});

describe("Services: protocols and families", () => {
  test.each(
    WAYS.flatMap((way) => (["TCP", "UDP", "SCTP"] as const).map((protocol) => ({ ...way, protocol }))),
  )("$way translates $protocol", ({ protocol, outcomes }) => {
    const services = [aService("dns", "10.43.0.10", { ports: [{ name: "dns", port: 53, protocol }] })];
    const slices = [anEndpointSlice("dns", [local], { ports: [{ name: "dns", port: 5353, protocol }] })];
    const packet = { protocol, destination: "10.43.0.10", destinationPort: 53 };
    expect(outcomes({ services, slices, packet })).toEqual([`${local}:5353`]);
  });

  test("translates IPv6", () => {
    const node6: ProxyNode = {
      ...NODE,
      family: IPV6,
      clusterCIDRs: ["fd42::/56"],
      serviceCIDRs: ["fd43::/112"],
    };
    const services = [
      aService("web", "10.43.0.1", {
        clusterIPs: ["10.43.0.1", "fd43::1"],
        type: "NodePort",
        ports: [{ nodePort: 30080 }],
      }),
    ];
    const slices = [
      anEndpointSlice("web", [local]),
      anEndpointSlice("web", ["fd42::5", "fd42::6"], { addressType: "IPv6" }),
    ];
    const ruleset = planServices(services, slices, node6);
    const nft = new FakeNft({ localAddresses: ["fd00::1"] });
    nft.apply(diffRulesets(undefined, ruleset));
    const send = (packet: Partial<Packet>) =>
      nft.outcomes(ruleset.table, {
        protocol: "TCP",
        source: "fd42::9",
        destination: "fd43::1",
        destinationPort: 80,
        ...packet,
      });
    expect(ruleset.table.family).toBe("ip6");
    expect(send({})).toEqual(["[fd42::5]:8080", "[fd42::6]:8080"]);
    expect(send({ source: "fd42::5" })).toEqual(["[fd42::5]:8080 masqueraded", "[fd42::6]:8080"]);
    expect(send({ source: "2001:db8::1" })).toEqual([
      "[fd42::5]:8080 masqueraded",
      "[fd42::6]:8080 masqueraded",
    ]);
    expect(send({ destinationPort: 81 })).toEqual(["rejected"]);
    expect(send({ destination: "fd00::1", destinationPort: 30080 })).toEqual([
      "[fd42::5]:8080 masqueraded",
      "[fd42::6]:8080 masqueraded",
    ]);
  });
});
