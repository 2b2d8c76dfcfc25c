import { describe, expect, test } from "bun:test";
import { IPV4 } from "../nft/address-family.ts";
import { diffRulesets } from "../nft/diff.ts";
import { FakeNft } from "../nft/fake-nft.ts";
import { formatRuleset } from "../nft/format.ts";
import { TableLedger } from "../nft/ledger.ts";
import type { Packet } from "../nft/packet.ts";
import type { HostPort } from "../pod-network.ts";
import { podBasePart, podPart, podTable } from "./pod-rules.ts";

const NODE_IP = "192.168.1.1";
const POD = "10.42.3.5";
const OUTSIDE = "1.2.3.4";

const hostPorts: readonly HostPort[] = [
  { hostIP: "", hostPort: 8080, containerPort: 80, protocol: "TCP" },
  { hostIP: NODE_IP, hostPort: 8081, containerPort: 81, protocol: "TCP" },
  { hostIP: "::", hostPort: 8082, containerPort: 82, protocol: "TCP" },
];

const ledger = new TableLedger(podTable(IPV4));
ledger.set("", podBasePart({ family: IPV4, podCIDR: "10.42.3.0/24", clusterCIDRs: ["10.42.0.0/16"] }));
ledger.set(
  "uid",
  podPart(IPV4, {
    addresses: [POD],
    podUid: "uid",
    podNamespace: "default",
    podName: "web",
    networkNamespace: "",
    hostPorts,
  }),
);

describe("the rules of the pod network", () => {
  test("read like this", () => {
    expect(formatRuleset(ledger.ruleset())).toMatchInlineSnapshot(`
      "table ip kubelith-pods {
        map host-ports { type inet_proto . inet_service : ipv4_addr . inet_service; }
          tcp . 8080 : 10.42.3.5 . 80
        map host-port-ips { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }
          192.168.1.1 . tcp . 8081 : 10.42.3.5 . 81
        set hairpin { type ipv4_addr . ipv4_addr; }
          10.42.3.5 . 10.42.3.5
        chain nat-prerouting { type nat hook prerouting priority -100; }
          fib daddr type local jump host-ports
        chain nat-output { type nat hook output priority -100; }
          fib daddr type local jump host-ports
        chain nat-postrouting { type nat hook postrouting priority 100; }
          ct status dnat ip saddr . ip daddr @hairpin masquerade fully-random
          ip saddr 10.42.3.0/24 ip daddr != 10.42.0.0/16 ip daddr != 224.0.0.0/4 masquerade fully-random comment "Masquerade traffic that leaves the cluster"
        chain filter-output { type filter hook output priority 0; }
          ip saddr 10.42.3.0/24 meta l4proto 1 th sport 771 @transport,240,16 0x0035 @transport,192,32 0x0a2a0300/24 drop comment "Let questions for names wait for the server"
        chain host-ports
          dnat to ip daddr . meta l4proto . th dport map @host-port-ips
          ip daddr != 127.0.0.0/8 dnat to meta l4proto . th dport map @host-ports
      }"
    `);
  });

  interface Case {
    readonly name: string;
    readonly packet: Partial<Packet>;
    readonly want: string;
  }
  const cases: readonly Case[] = [
    { name: "leave traffic between pods alone", packet: { destination: "10.42.9.9" }, want: "10.42.9.9:80" },
    { name: "masquerade what leaves the cluster", packet: {}, want: "8.8.8.8:80 masqueraded" },
    { name: "leave multicast alone", packet: { destination: "224.0.0.251" }, want: "224.0.0.251:80" },
    {
      name: "leave traffic through the node alone",
      packet: { source: OUTSIDE, destination: "8.8.8.8" },
      want: "8.8.8.8:80",
    },
    {
      name: "translate a host port",
      packet: { source: OUTSIDE, destination: NODE_IP, destinationPort: 8080 },
      want: `${POD}:80`,
    },
    {
      name: "translate a host port for the host itself",
      packet: { source: NODE_IP, fromHost: true, destination: NODE_IP, destinationPort: 8080 },
      want: `${POD}:80`,
    },
    {
      name: "translate a host port on one address",
      packet: { source: OUTSIDE, destination: NODE_IP, destinationPort: 8081 },
      want: `${POD}:81`,
    },
    {
      name: "leave other addresses of the host alone",
      packet: { destination: "10.42.3.1", destinationPort: 8081 },
      want: "10.42.3.1:8081",
    },
    {
      name: "leave loopback alone",
      packet: { source: "127.0.0.1", fromHost: true, destination: "127.0.0.1", destinationPort: 8080 },
      want: "127.0.0.1:8080",
    },
    {
      name: "leave host ports of other hosts alone",
      packet: { destination: OUTSIDE, destinationPort: 8080 },
      want: `${OUTSIDE}:8080 masqueraded`,
    },
    {
      name: "leave other protocols alone",
      packet: { protocol: "UDP", source: OUTSIDE, destination: NODE_IP, destinationPort: 8080 },
      want: `${NODE_IP}:8080`,
    },
    {
      name: "masquerade a pod that reaches itself by its host port",
      packet: { source: POD, destination: NODE_IP, destinationPort: 8080 },
      want: `${POD}:80 masqueraded`,
    },
  ];
  test.each(cases)("$name", ({ packet, want }) => {
    const nft = new FakeNft({ localAddresses: [NODE_IP, "10.42.3.1", "127.0.0.1"] });
    nft.apply(diffRulesets(undefined, ledger.ruleset()));
    const whole: Packet = {
      protocol: "TCP",
      source: POD,
      destination: "8.8.8.8",
      destinationPort: 80,
      ...packet,
    };
    expect(nft.outcomes(podTable(IPV4), whole)).toEqual([want]);
  });

  test.each([
    {
      name: "from the host's own address",
      packet: { source: NODE_IP, fromHost: true },
      want: "10.42.9.9:80 masqueraded",
    },
    { name: "from another host", packet: { source: OUTSIDE }, want: "10.42.9.9:80 masqueraded" },
    { name: "from a pod", packet: {}, want: "10.42.9.9:80" },
    { name: "to a pod of this node", packet: { source: OUTSIDE, destination: POD }, want: `${POD}:80` },
  ])("masquerade what enters the tunnel $name", ({ packet, want }) => {
    const tunnel = new TableLedger(podTable(IPV4));
    const ranges = { family: IPV4, podCIDR: "10.42.3.0/24", clusterCIDRs: ["10.42.0.0/16"] };
    tunnel.set("", podBasePart({ ...ranges, isTunnelled: true }));
    const nft = new FakeNft({ localAddresses: [NODE_IP] });
    nft.apply(diffRulesets(undefined, tunnel.ruleset()));
    const whole: Packet = {
      protocol: "TCP",
      source: POD,
      destination: "10.42.9.9",
      destinationPort: 80,
      ...packet,
    };
    expect(nft.outcomes(podTable(IPV4), whole)).toEqual([want]);
  });
});
