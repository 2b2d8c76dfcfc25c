import type { ByteString } from "./ruleset.ts";

/**
 * The steps of a rule, as the kernel runs them: each loads a register, compares one, or acts on the packet. A rule
 * ends at the first step that does not match. Registers are numbered from 0 to 15 and hold four bytes each; longer
 * values fill the following ones, so values in neighbouring registers are one concatenated key.
 *
 * Upstream definition: linux/netfilter/nf_tables.h and net/netfilter/nft_*.c.
 */
export type Expression =
  /** Loads bytes of the packet. */
  | {
      readonly type: "payload";
      readonly base: PayloadBase;
      readonly offset: number;
      readonly length: number;
      readonly into: Register;
    }
  | { readonly type: "meta"; readonly key: MetaKey; readonly into: Register }
  | { readonly type: "metaSet"; readonly key: MetaKey; readonly from: Register }
  /** Loads a fact about the connection; addresses and ports need a direction. */
  | {
      readonly type: "ct";
      readonly key: CtKey;
      readonly direction?: CtDirection;
      readonly into: Register;
    }
  | { readonly type: "ctSet"; readonly key: CtKey; readonly from: Register }
  | {
      readonly type: "cmp";
      readonly register: Register;
      readonly operator: CmpOperator;
      readonly value: ByteString;
    }
  /** `into = (from & mask) ^ xor`. */
  | {
      readonly type: "bitwise";
      readonly from: Register;
      readonly into: Register;
      readonly length: number;
      readonly mask: ByteString;
      readonly xor: ByteString;
    }
  /** Matches when the key from `key` on is in the set, or is not with `inverted`; a map loads its value. */
  | {
      readonly type: "lookup";
      readonly set: string;
      readonly key: Register;
      readonly into?: Register;
      readonly inverted?: true;
    }
  /** Does what the verdict map says for the key, and goes on when it says nothing. */
  | { readonly type: "vmap"; readonly set: string; readonly key: Register }
  | { readonly type: "immediate"; readonly into: Register; readonly value: ByteString }
  | { readonly type: "verdict"; readonly verdict: Verdict }
  /** Rewrites the destination (`dnat`) or source (`snat`) of the connection. */
  | {
      readonly type: "nat";
      readonly kind: "snat" | "dnat";
      readonly family: "ip" | "ip6";
      readonly address: Register;
      readonly port?: Register;
      readonly flags?: NatFlags;
    }
  /** Rewrites the source to the address of the link by which the packet leaves. */
  | { readonly type: "masquerade"; readonly flags?: NatFlags }
  /** Rewrites the destination to the host itself. */
  | { readonly type: "redirect"; readonly port?: Register; readonly flags?: NatFlags }
  | { readonly type: "counter" }
  /** A number from `offset` to `offset + modulus - 1`, in host byte order. */
  | {
      readonly type: "numgen";
      readonly mode: "incremental" | "random";
      readonly modulus: number;
      readonly offset?: number;
      readonly into: Register;
    }
  /** What the routing table says about the packet's source or destination address. */
  | {
      readonly type: "fib";
      readonly result: "oif" | "oifname" | "type";
      readonly address: "saddr" | "daddr";
      readonly into: Register;
    }
  /** Adds an element to a dynamic set, or renews it with `update`. */
  | {
      readonly type: "dynset";
      readonly operation: "add" | "update" | "delete";
      readonly set: string;
      readonly key: Register;
      readonly value?: Register;
      readonly timeoutMs?: number;
    }
  | { readonly type: "notrack" }
  /** Drops the packet and tells the sender; `code` is the ICMP code, without meaning for a TCP reset. */
  | {
      readonly type: "reject";
      readonly with: "icmp unreachable" | "tcp reset" | "icmpx unreachable";
      readonly code?: number;
    }
  /** Something that was read from the kernel and is not of this vocabulary. */
  | { readonly type: "unknown"; readonly name: string; readonly attributes: ByteString };

/** 0 to 15. */
export type Register = number;

export type PayloadBase = "link" | "network" | "transport";
export type MetaKey =
  | "mark"
  | "iif"
  | "oif"
  | "iifname"
  | "oifname"
  | "nfproto"
  | "l4proto"
  | "pkttype"
  | "skuid";
export type CtKey =
  | "state"
  | "status"
  | "mark"
  | "protocol"
  | "proto-dst"
  | "ip saddr"
  | "ip daddr"
  | "ip6 saddr"
  | "ip6 daddr";
export type CtDirection = "original" | "reply";
export type CmpOperator = "==" | "!=" | "<" | "<=" | ">" | ">=";
export type NatFlags = readonly ("random" | "persistent" | "fully-random")[];

/** What happens to a packet: `goto reject`, `jump services`, … */
export type Verdict =
  | "accept"
  | "drop"
  | "continue"
  | "break"
  | "return"
  | `jump ${string}`
  | `goto ${string}`;
