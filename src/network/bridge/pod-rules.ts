import { familyAddress, IPV4, loadAddress, matchPrefix } from "../nft/address-family.ts";
import { commented, loadProtocolAndPort, matchLocal, matchTranslated, rule, verdict } from "../nft/build.ts";
import type { Expression } from "../nft/expression.ts";
import type { NamedChain, PartElement, TablePart } from "../nft/ledger.ts";
import { type ByteString, type Hook, PRIORITY, type Rule, type TableName } from "../nft/ruleset.ts";
import { portBytes, protocolBytes } from "../nft/value.ts";
import type { HostPort } from "../pod-network.ts";
import type { Attachment } from "./attachment-store.ts";

/** The table of the pod network; that of Services is another one, so that each can be read and repaired alone. */
export const POD_TABLE: TableName = { family: "ip", name: "kubelith-pods" };

const SETS = {
  /** Host ports on every address of the host, and on one of them. */
  hostPorts: "host-ports",
  hostPortIPs: "host-port-ips",
  /** Every address of a pod with host ports, twice: what it sends to itself must be masqueraded. */
  hairpin: "hairpin",
} as const;

const MULTICAST = "224.0.0.0/4";

const MASQUERADE: Expression = { type: "masquerade", flags: ["fully-random"] };

export interface PodRanges {
  /** Range of this node's pods. */
  readonly podCIDR: string;
  /** Ranges of all pods of the cluster. */
  readonly clusterCIDRs: readonly string[];
  /** Whether pods of other nodes are reached by a tunnel. */
  readonly isTunnelled?: boolean;
}

/** What the table has without any pod: masquerading of what leaves the cluster, and the frame for host ports. */
export function podBasePart(ranges: PodRanges): TablePart {
  const toHostPorts = [rule(matchLocal("daddr"), verdict("jump host-ports"))];
  return {
    sets: [
      [SETS.hostPorts, { key: ["inet_proto", "inet_service"], value: ["ipv4_addr", "inet_service"] }],
      [
        SETS.hostPortIPs,
        { key: ["ipv4_addr", "inet_proto", "inet_service"], value: ["ipv4_addr", "inet_service"] },
      ],
      [SETS.hairpin, { key: ["ipv4_addr", "ipv4_addr"] }],
    ],
    chains: [
      baseChain("prerouting", PRIORITY.dstnat, toHostPorts),
      baseChain("output", PRIORITY.dstnat, toHostPorts),
      baseChain("postrouting", PRIORITY.srcnat, masquerading(ranges)),
      ["host-ports", { rules: hostPortRules() }],
    ],
  };
}

function baseChain(hook: Hook, priority: number, rules: readonly Rule[]): NamedChain {
  return [`nat-${hook}`, { hook: { type: "nat", hook, priority }, rules }];
}

function hostPortRules(): readonly Rule[] {
  const translate: Expression = { type: "nat", kind: "dnat", family: "ip", address: 0, port: 1 };
  return [
    rule(
      loadAddress(IPV4, "daddr", 0),
      loadProtocolAndPort(1),
      { type: "lookup", set: SETS.hostPortIPs, key: 0, into: 0 },
      translate,
    ),
    rule(
      matchPrefix(IPV4, "daddr", "!=", IPV4.loopback),
      loadProtocolAndPort(0),
      { type: "lookup", set: SETS.hostPorts, key: 0, into: 0 },
      translate,
    ),
  ];
}

function masquerading({ podCIDR, clusterCIDRs, isTunnelled = false }: PodRanges): readonly Rule[] {
  return [
    rule(
      matchTranslated(true),
      loadAddress(IPV4, "saddr", 0),
      loadAddress(IPV4, "daddr", 1),
      { type: "lookup", set: SETS.hairpin, key: 0 },
      MASQUERADE,
    ),
    commented(
      "Masquerade traffic that leaves the cluster",
      rule(
        matchPrefix(IPV4, "saddr", "==", podCIDR),
        clusterCIDRs.flatMap((cidr) => matchPrefix(IPV4, "daddr", "!=", cidr)),
        matchPrefix(IPV4, "daddr", "!=", MULTICAST),
        MASQUERADE,
      ),
    ),
    ...(isTunnelled ? clusterCIDRs.map((cidr) => masqueradeInto(cidr, podCIDR, clusterCIDRs)) : []),
  ];
}

function masqueradeInto(cidr: string, podCIDR: string, clusterCIDRs: readonly string[]): Rule {
  return commented(
    "Masquerade what enters the tunnel from outside of the cluster",
    rule(
      clusterCIDRs.flatMap((each) => matchPrefix(IPV4, "saddr", "!=", each)),
      matchPrefix(IPV4, "daddr", "==", cidr),
      matchPrefix(IPV4, "daddr", "!=", podCIDR),
      MASQUERADE,
    ),
  );
}

/** What a pod with host ports adds. */
export function podPart({ address, hostPorts }: Attachment): TablePart {
  const bytes = familyAddress(IPV4, address);
  if (bytes === undefined || hostPorts.length === 0) return {};
  return {
    elements: [
      ...hostPorts.flatMap((port) => hostPortElements(bytes, port)),
      { set: SETS.hairpin, key: bytes + bytes, value: "" },
    ],
  };
}

/** Nothing for a host address of another family. */
function hostPortElements(
  address: ByteString,
  { hostIP, hostPort, containerPort, protocol }: HostPort,
): readonly PartElement[] {
  const key = protocolBytes(protocol) + portBytes(hostPort);
  const value = address + portBytes(containerPort);
  if (hostIP === "" || hostIP === "0.0.0.0") return [{ set: SETS.hostPorts, key, value }];
  const hostBytes = familyAddress(IPV4, hostIP);
  return hostBytes === undefined ? [] : [{ set: SETS.hostPortIPs, key: hostBytes + key, value }];
}
