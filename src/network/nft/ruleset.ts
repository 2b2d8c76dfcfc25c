import type { Expression } from "./expression.ts";

/**
 * The content of one nf_tables table as a value. Everything in it is immutable and comparable: two rulesets with
 * equal content are the same ruleset, whether one was planned and the other read back from the kernel.
 */
export interface Ruleset {
  readonly table: TableName;
  readonly sets: ReadonlyMap<string, NftSet>;
  readonly chains: ReadonlyMap<string, Chain>;
}

export interface TableName {
  readonly family: NftFamily;
  readonly name: string;
}

/** `ip` sees IPv4 packets, `ip6` IPv6 packets, `inet` both. */
export type NftFamily = "ip" | "ip6" | "inet";

/** Bytes as a string with one character per byte (0 to 255): immutable, and usable as the key of a Map. */
export type ByteString = string;

/** What one part of a key or value means. Each part is padded to four bytes when there is more than one. */
export type ElementType = "ipv4_addr" | "ipv6_addr" | "inet_proto" | "inet_service" | "mark" | "ifname";

/** What a set holds: single values, or a map from keys to values or verdicts. */
export interface SetDefinition {
  readonly key: readonly ElementType[];
  /** Makes it a map. */
  readonly value?: readonly ElementType[] | "verdict";
  /**
   * Filled by packets (`dynset` expressions) and not by us: such elements expire and are not part of the ruleset.
   */
  readonly dynamic?: true;
}

/** A set with its elements: key to value, to verdict text in a verdict map, or to "" in a set without values. */
export interface NftSet {
  readonly definition: SetDefinition;
  readonly elements: ReadonlyMap<ByteString, ByteString>;
}

export type Hook = "prerouting" | "input" | "forward" | "output" | "postrouting";

/** Where the kernel calls a base chain. */
export interface BaseHook {
  readonly type: "filter" | "nat";
  readonly hook: Hook;
  /** Chains of one hook run in ascending order. */
  readonly priority: number;
}

export interface Chain {
  /** Absent for a chain that only rules and verdict maps lead to. */
  readonly hook?: BaseHook;
  readonly rules: readonly Rule[];
}

export interface Rule {
  readonly expressions: readonly Expression[];
  readonly comment?: string;
}

/** linux/netfilter_ipv4.h, enum nf_ip_hook_priorities; `beforeDstnat` sees where packets were sent to. */
export const PRIORITY = { beforeDstnat: -110, dstnat: -100, filter: 0, srcnat: 100 } as const;
