import type { Expression, Register, Verdict } from "./expression.ts";
import type { Rule } from "./ruleset.ts";
import { markBytes } from "./value.ts";

/** enum rtn types of linux/rtnetlink.h */
const RTN_LOCAL = 2;
/** NF_CT_STATE_BIT of linux/netfilter/nf_conntrack_common.h */
const STATE_ESTABLISHED = 2;
const STATE_RELATED = 4;
const STATE_NEW = 8;
/** IPS_DST_NAT of linux/netfilter/nf_conntrack_common.h */
const STATUS_DNAT = 32;

/** A rule of the steps, in order; groups of steps may be given as lists. */
export function rule(...steps: readonly (Expression | readonly Expression[])[]): Rule {
  return { expressions: steps.flat() };
}

export function commented(comment: string, { expressions }: Rule): Rule {
  return { expressions, comment };
}

export function verdict(verdict: Verdict): Expression {
  return { type: "verdict", verdict };
}

/** Transport protocol and destination port, in two registers from `into` on. */
export function loadProtocolAndPort(into: Register): readonly Expression[] {
  return [
    { type: "meta", key: "l4proto", into },
    { type: "payload", base: "transport", offset: 2, length: 2, into: into + 1 },
  ];
}

/** Goes on for the first packet of a connection. */
export const matchNewConnection: readonly Expression[] = matchBit("state", STATE_NEW, "!=");

/** Goes on for a connection whose destination has been translated, or has not with `false`. */
export function matchTranslated(isTranslated: boolean): readonly Expression[] {
  return matchBit("status", STATUS_DNAT, isTranslated ? "!=" : "==");
}

/** Goes on for packets that belong to no known connection. */
export const matchUnknownConnection: readonly Expression[] = matchBit(
  "state",
  STATE_ESTABLISHED | STATE_RELATED,
  "==",
);

/** Goes on when the address is one of the host's own. */
export function matchLocal(address: "saddr" | "daddr"): readonly Expression[] {
  return [
    { type: "fib", result: "type", address, into: 0 },
    { type: "cmp", register: 0, operator: "==", value: markBytes(RTN_LOCAL) },
  ];
}

function matchBit(key: "state" | "status", bit: number, operator: "==" | "!="): readonly Expression[] {
  return [
    { type: "ct", key, into: 0 },
    { type: "bitwise", from: 0, into: 0, length: 4, mask: markBytes(bit), xor: markBytes(0) },
    { type: "cmp", register: 0, operator, value: markBytes(0) },
  ];
}
