import { describe, expect, test } from "bun:test";
import { NODE_IP, OUTSIDE, type PacketCase, WAYS } from "#testing/proxied-packets.ts";
import { anEndpoint, anEndpointSlice, aService } from "#testing/service-objects.ts";
import type { Packet } from "../nft/packet.ts";
import type { ProxyNode } from "./proxy-node.ts";

const local = "10.42.0.5";
const remote = "10.42.1.5";
const endpoints = [anEndpoint(local), anEndpoint(remote, { node: "n2" })];
const nodePort = { type: "NodePort", ports: [{ nodePort: 30080 }] } as const;

interface Case extends PacketCase {
  readonly name: string;
  readonly want: readonly string[];
  /** What iptables comes to, where that is something else. */
  readonly iptables?: readonly string[];
}

describe.each(WAYS)("Services by $way: frontends", ({ way, outcomes }) => {
  const slices = [anEndpointSlice("web", endpoints)];
  const all = [`${local}:8080`, `${remote}:8080`];
  const masqueraded = all.map((target) => `${target} masqueraded`);
  const cases: readonly Case[] = [
    {
      name: "answers a node port on the node's address",
      services: [aService("web", "10.43.0.1", nodePort)],
      packet: { source: OUTSIDE, destination: NODE_IP, destinationPort: 30080 },
      want: masqueraded,
    },
    {
      name: "answers a node port for a pod",
      services: [aService("web", "10.43.0.1", nodePort)],
      packet: { destination: NODE_IP, destinationPort: 30080 },
      want: masqueraded,
    },
    {
      name: "does not answer a node port on somebody else's address",
      services: [aService("web", "10.43.0.1", nodePort)],
      packet: { destination: "8.8.8.8", destinationPort: 30080 },
      want: ["8.8.8.8:30080"],
    },
    {
      name: "does not masquerade a ClusterIP port that is also somebody's node port",
      services: [
        aService("web", "10.43.0.1", { type: "NodePort", ports: [{ port: 30080, nodePort: 30080 }] }),
      ],
      packet: { destinationPort: 30080 },
      want: all,
    },
    {
      name: "answers external IPs",
      services: [aService("web", "10.43.0.1", { externalIPs: ["5.5.5.5"] })],
      packet: { source: OUTSIDE, destination: "5.5.5.5" },
      want: masqueraded,
    },
    {
      name: "answers load balancer IPs",
      services: [aService("web", "10.43.0.1", { type: "LoadBalancer", loadBalancerIPs: ["6.6.6.6"] })],
      packet: { source: OUTSIDE, destination: "6.6.6.6" },
      want: masqueraded,
    },
    {
      name: "gives an external IP that two Services claim to the older one",
      services: [
        aService("new", "10.43.0.2", { externalIPs: ["5.5.5.5"], creationTimestamp: "2026-02-01T00:00:00Z" }),
        aService("web", "10.43.0.1", { externalIPs: ["5.5.5.5"] }),
      ],
      packet: { source: OUTSIDE, destination: "5.5.5.5" },
      want: masqueraded,
    },
    {
      name: "ignores headless Services",
      services: [aService("web", "None")],
      packet: {},
      want: ["dropped"],
      iptables: ["10.43.0.1:80"],
    },
    {
      name: "ignores ExternalName Services",
      services: [aService("web", "10.43.0.1", { type: "ExternalName", externalName: "example.com" })],
      packet: {},
      want: ["dropped"],
      iptables: ["10.43.0.1:80"],
    },
  ];
  test.each(cases)("$name", ({ services = [], packet, want, iptables = want }) => {
    const others = [...slices, anEndpointSlice("new", ["10.42.0.66"])];
    expect(outcomes({ services, slices: others, packet })).toEqual([
      ...(way === "iptables" ? iptables : want),
    ]);
  });
});

describe.each(WAYS)("Services by $way: addresses of node ports", ({ way, outcomes }) => {
  const BRIDGE = "10.42.0.1";
  const LOOPBACK = "127.0.0.1";
  const answering = (nodePortAddresses: readonly string[], endpoints: readonly string[]) =>
    [NODE_IP, BRIDGE, LOOPBACK].filter((destination) => {
      const services = [aService("web", "10.43.0.1", nodePort)];
      const source = destination === LOOPBACK ? LOOPBACK : OUTSIDE;
      const packet = { source, destination, destinationPort: 30080, fromHost: destination === LOOPBACK };
      const slices = [anEndpointSlice("web", endpoints)];
      const [outcome] = outcomes({ services, slices, packet }, { nodePortAddresses });
      return outcome === (endpoints.length === 0 ? "rejected" : `${local}:8080 masqueraded`);
    });
  test.each([
    { ranges: [], want: [NODE_IP, BRIDGE, LOOPBACK] },
    { ranges: ["0.0.0.0/0"], want: [NODE_IP, BRIDGE, LOOPBACK] },
    { ranges: ["primary"], want: [NODE_IP] },
    { ranges: ["192.168.0.0/16"], want: [NODE_IP] },
    { ranges: ["primary", "127.0.0.0/8"], want: [NODE_IP, LOOPBACK] },
    { ranges: ["8.0.0.0/8", "10.42.0.1/32"], want: [BRIDGE] },
    { ranges: ["fd00::/8"], want: [NODE_IP, BRIDGE, LOOPBACK] },
  ])("$ranges: $want, with endpoints and without", ({ ranges, want }) => {
    expect(answering(ranges, [local])).toEqual([...want]);
    // With iptables a node port without endpoints is refused at all addresses, as kube-proxy does it.
    const refusing = way === "iptables" ? [NODE_IP, BRIDGE, LOOPBACK] : want;
    expect(answering(ranges, [])).toEqual([...refusing]);
  });

  test("packets from elsewhere to loopback are dropped, as the kernel would without node ports there", () => {
    const packet = { source: OUTSIDE, destination: LOOPBACK, destinationPort: 6443 };
    const inside = { ...packet, source: LOOPBACK, fromHost: true };
    expect(outcomes({ packet })).toEqual(["dropped"]);
    expect(outcomes({ packet: inside })).toEqual([`${LOOPBACK}:6443`]);
    expect(outcomes({ packet }, { nodePortAddresses: ["primary"] })).toEqual([`${LOOPBACK}:6443`]);
  });
});

test.each(WAYS)("with $way pods are hidden from endpoints where that is wanted of all", ({ outcomes }) => {
  const services = [aService("web", "10.43.0.1")];
  const slices = [anEndpointSlice("web", [local])];
  const outcome = (facts: Partial<ProxyNode>) => outcomes({ services, slices, packet: {} }, facts);
  expect(outcome({})).toEqual([`${local}:8080`]);
  expect(outcome({ masqueradesAll: true })).toEqual([`${local}:8080 masqueraded`]);
});

describe.each(WAYS)("Services by $way: load balancer source ranges", ({ way, outcomes }) => {
  const slices = [anEndpointSlice("web", [local])];
  const service = (ranges: readonly string[]) =>
    aService("web", "10.43.0.1", {
      ...nodePort,
      type: "LoadBalancer",
      externalIPs: ["5.5.5.5"],
      loadBalancerIPs: ["6.6.6.6", "fd66::6"],
      loadBalancerSourceRanges: ranges,
    });
  const toBalancer: Partial<Packet> = { source: OUTSIDE, destination: "6.6.6.6" };
  const answered = [`${local}:8080 masqueraded`];
  const cases: readonly (Omit<Case, "services" | "slices"> & { ranges: readonly string[] })[] = [
    {
      name: "let in who is inside",
      ranges: ["9.0.0.0/8", " 1.2.0.0/16"],
      packet: toBalancer,
      want: answered,
    },
    { name: "keep out who is not", ranges: ["9.0.0.0/8"], packet: toBalancer, want: ["dropped"] },
    {
      name: "keep out pods and the node, too",
      ranges: ["9.0.0.0/8"],
      packet: { ...toBalancer, source: NODE_IP, fromHost: true },
      want: ["dropped"],
    },
    {
      name: "let the node in by the balancer's own address when its own is inside",
      ranges: ["192.168.0.0/16"],
      packet: { ...toBalancer, source: "6.6.6.6", fromHost: true },
      want: answered,
    },
    { name: "of another family keep nobody out", ranges: ["fd00::/8"], packet: toBalancer, want: answered },
    {
      name: "leave node ports open",
      ranges: ["9.0.0.0/8"],
      packet: { ...toBalancer, destination: NODE_IP, destinationPort: 30080 },
      want: answered,
    },
    {
      name: "leave external IPs open",
      ranges: ["9.0.0.0/8"],
      packet: { ...toBalancer, destination: "5.5.5.5" },
      want: answered,
    },
    {
      name: "leave other ports of the address alone",
      ranges: ["9.0.0.0/8"],
      packet: { ...toBalancer, destinationPort: 22 },
      want: ["6.6.6.6:22"],
    },
  ];
  test.each(cases)("$name", ({ ranges, packet, want, iptables = want }) => {
    expect(outcomes({ services: [service(ranges)], slices, packet })).toEqual([
      ...(way === "iptables" ? iptables : want),
    ]);
  });
});
