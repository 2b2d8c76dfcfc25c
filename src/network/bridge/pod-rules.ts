import {
  type AddressFamily,
  familyAddress,
  loadAddress,
  matchLoadedAddress,
  matchPrefix,
} from "../nft/address-family.ts";
import { commented, loadProtocolAndPort, matchLocal, matchTranslated, rule, verdict } from "../nft/build.ts";
import type { Expression } from "../nft/expression.ts";
import type { NamedChain, PartElement, TablePart } from "../nft/ledger.ts";
import { type ByteString, type Hook, PRIORITY, type Rule, type TableName } from "../nft/ruleset.ts";
import { portBytes, protocolBytes } from "../nft/value.ts";
import type { HostPort } from "../pod-network.ts";
import type { Attachment } from "./attachment-store.ts";

/** The table of the pod network; that of Services is another one, so that each can be read and repaired alone. */
export function podTable({ nft }: AddressFamily): TableName {
  return { family: nft, name: "kubelith-pods" };
}

const SETS = {
  /** Host ports on every address of the host, and on one of them. */
  hostPorts: "host-ports",
  hostPortIPs: "host-port-ips",
  /** Every address of a pod with host ports, twice: what it sends to itself must be masqueraded. */
  hairpin: "hairpin",
} as const;

const MULTICAST = { IPv4: "224.0.0.0/4", IPv6: "ff00::/8" } as const;

/** As a host port's address it stands for all of the family. */
const UNSPECIFIED = { IPv4: "0.0.0.0", IPv6: "::" } as const;

const MASQUERADE: Expression = { type: "masquerade", flags: ["fully-random"] };

/** All of one family. */
export interface PodRanges {
  readonly family: AddressFamily;
  /** Range of this node's pods. */
  readonly podCIDR: string;
  /** Ranges of all pods of the cluster. */
  readonly clusterCIDRs: readonly string[];
  /** Whether pods of other nodes are reached by a tunnel. */
  readonly isTunnelled?: boolean;
}

/** What the table has without any pod: masquerading of what leaves the cluster, and the frame for host ports. */
export function podBasePart(ranges: PodRanges): TablePart {
  const { family } = ranges;
  const { type } = family;
  const toHostPorts = [rule(matchLocal("daddr"), verdict("jump host-ports"))];
  return {
    sets: [
      [SETS.hostPorts, { key: ["inet_proto", "inet_service"], value: [type, "inet_service"] }],
      [SETS.hostPortIPs, { key: [type, "inet_proto", "inet_service"], value: [type, "inet_service"] }],
      [SETS.hairpin, { key: [type, type] }],
    ],
    chains: [
      baseChain("prerouting", PRIORITY.dstnat, toHostPorts),
      baseChain("output", PRIORITY.dstnat, toHostPorts),
      baseChain("postrouting", PRIORITY.srcnat, masquerading(ranges)),
      [
        "filter-output",
        { hook: { type: "filter", hook: "output", priority: PRIORITY.filter }, rules: [dnsAway(ranges)] },
      ],
      ["host-ports", { rules: hostPortRules(family) }],
    ],
  };
}

function baseChain(hook: Hook, priority: number, rules: readonly Rule[]): NamedChain {
  return [`nat-${hook}`, { hook: { type: "nat", hook, priority }, rules }];
}

function hostPortRules(family: AddressFamily): readonly Rule[] {
  const { nft, registers, loopback } = family;
  const translate: Expression = { type: "nat", kind: "dnat", family: nft, address: 0, port: registers };
  return [
    rule(
      loadAddress(family, "daddr", 0),
      loadProtocolAndPort(registers),
      { type: "lookup", set: SETS.hostPortIPs, key: 0, into: 0 },
      translate,
    ),
    rule(
      matchPrefix(family, "daddr", "!=", loopback),
      loadProtocolAndPort(0),
      { type: "lookup", set: SETS.hostPorts, key: 0, into: 0 },
      translate,
    ),
  ];
}

function masquerading(ranges: PodRanges): readonly Rule[] {
  const { family, podCIDR, clusterCIDRs, isTunnelled = false } = ranges;
  return [
    rule(
      matchTranslated(true),
      loadAddress(family, "saddr", 0),
      loadAddress(family, "daddr", family.registers),
      { type: "lookup", set: SETS.hairpin, key: 0 },
      MASQUERADE,
    ),
    commented(
      "Masquerade traffic that leaves the cluster",
      rule(
        matchPrefix(family, "saddr", "==", podCIDR),
        clusterCIDRs.flatMap((cidr) => matchPrefix(family, "daddr", "!=", cidr)),
        matchPrefix(family, "daddr", "!=", MULTICAST[family.name]),
        MASQUERADE,
      ),
    ),
    ...(isTunnelled ? clusterCIDRs.map((cidr) => masqueradeInto(cidr, ranges)) : []),
  ];
}

function masqueradeInto(cidr: string, { family, podCIDR, clusterCIDRs }: PodRanges): Rule {
  return commented(
    "Masquerade what enters the tunnel from outside of the cluster",
    rule(
      clusterCIDRs.flatMap((each) => matchPrefix(family, "saddr", "!=", each)),
      matchPrefix(family, "daddr", "==", cidr),
      matchPrefix(family, "daddr", "!=", podCIDR),
      MASQUERADE,
    ),
  );
}

/** An ICMP error, and where the destination and its port are of the UDP packet that it is about, behind an IP header without options. */
const PORT_UNREACHABLE = {
  IPv4: { protocol: "\x01", typeAndCode: "\x03\x03", addressOffset: 24, portOffset: 30 },
  IPv6: { protocol: "\x3a", typeAndCode: "\x01\x04", addressOffset: 32, portOffset: 50 },
} as const;

const DNS_PORT = "\0\x35";

/** The DNS server of the node is part of its process: who asks while that starts again asks once more, unless he is refused. */
function dnsAway({ family, podCIDR }: PodRanges): Rule {
  const { protocol, typeAndCode, addressOffset, portOffset } = PORT_UNREACHABLE[family.name];
  return commented(
    "Let questions for names wait for the server",
    rule(
      matchPrefix(family, "saddr", "==", podCIDR),
      { type: "meta", key: "l4proto", into: 0 },
      { type: "cmp", register: 0, operator: "==", value: protocol },
      { type: "payload", base: "transport", offset: 0, length: 2, into: 0 },
      { type: "cmp", register: 0, operator: "==", value: typeAndCode },
      { type: "payload", base: "transport", offset: portOffset, length: 2, into: 0 },
      { type: "cmp", register: 0, operator: "==", value: DNS_PORT },
      // Services that have nobody to answer are refused with the node's address, too.
      { type: "payload", base: "transport", offset: addressOffset, length: family.size, into: 0 },
      matchLoadedAddress(family, "==", podCIDR),
      verdict("drop"),
    ),
  );
}

/** What a pod with host ports adds. */
export function podPart(family: AddressFamily, { addresses, hostPorts }: Attachment): TablePart {
  const bytes = addresses.map((each) => familyAddress(family, each)).find((each) => each !== undefined);
  if (bytes === undefined || hostPorts.length === 0) return {};
  return {
    elements: [
      ...hostPorts.flatMap((port) => hostPortElements(family, bytes, port)),
      { set: SETS.hairpin, key: bytes + bytes, value: "" },
    ],
  };
}

/** Nothing for a host address of another family. */
function hostPortElements(
  family: AddressFamily,
  address: ByteString,
  { hostIP, hostPort, containerPort, protocol }: HostPort,
): readonly PartElement[] {
  const key = protocolBytes(protocol) + portBytes(hostPort);
  const value = address + portBytes(containerPort);
  if (hostIP === "" || hostIP === UNSPECIFIED[family.name]) return [{ set: SETS.hostPorts, key, value }];
  const hostBytes = familyAddress(family, hostIP);
  return hostBytes === undefined ? [] : [{ set: SETS.hostPortIPs, key: hostBytes + key, value }];
}
