import type { Expression } from "../../nft/expression.ts";
import {
  bits,
  choice,
  choice8,
  constant,
  type Field,
  flag,
  ignored,
  milliseconds,
  optional,
  register,
  sameRegisters,
  text,
  u8,
  u32,
  value,
} from "./field.ts";

type ExpressionOf<T extends Expression["type"]> = Extract<Expression, { readonly type: T }>;

type KnownType = Exclude<Expression["type"], "verdict" | "unknown">;

/** The kernel's name of an expression and a field for each property; `$` fields are not properties. */
export interface Format<T extends KnownType> {
  readonly name: string;
  readonly fields: {
    readonly [P in Exclude<keyof ExpressionOf<T>, "type">]-?: Field<ExpressionOf<T>[P]>;
  } & { readonly [P in `$${string}`]?: Field<undefined> };
}

const PAYLOAD_BASES = { link: 0, network: 1, transport: 2 } as const;

const META_KEYS = {
  mark: 3,
  iif: 4,
  oif: 5,
  iifname: 6,
  oifname: 7,
  skuid: 10,
  nfproto: 15,
  l4proto: 16,
  pkttype: 19,
} as const;

const CT_KEYS = {
  state: 0,
  status: 2,
  mark: 3,
  protocol: 10,
  "proto-dst": 12,
  "ip saddr": 19,
  "ip daddr": 20,
  "ip6 saddr": 21,
  "ip6 daddr": 22,
} as const;

const CT_DIRECTIONS = { original: 0, reply: 1 } as const;

const OPERATORS = { "==": 0, "!=": 1, "<": 2, "<=": 3, ">": 4, ">=": 5 } as const;

const FAMILIES = { ip: 2, ip6: 10 } as const;

/** linux/netfilter/nf_nat.h; the kernel sets the first two bits by itself. */
const NAT_FLAGS = { random: 4, persistent: 8, "fully-random": 16 } as const;
const NAT_FLAGS_OF_KERNEL = 3;

const FIB_ADDRESSES = { saddr: 1, daddr: 2 } as const;

const REJECT_TYPES = { "icmp unreachable": 0, "tcp reset": 1, "icmpx unreachable": 2 } as const;

const natFlags = (attribute: number): Field<readonly (keyof typeof NAT_FLAGS)[] | undefined> =>
  optional(bits(attribute, NAT_FLAGS, NAT_FLAGS_OF_KERNEL), []);

/** Every expression that is a flat list of attributes. Where names repeat, the first that fits is taken. */
export const FORMATS: { readonly [T in KnownType]: Format<T> } = {
  payload: {
    name: "payload",
    fields: { into: register(1), base: choice(2, PAYLOAD_BASES), offset: u32(3), length: u32(4) },
  },
  meta: { name: "meta", fields: { key: choice(2, META_KEYS), into: register(1) } },
  metaSet: { name: "meta", fields: { key: choice(2, META_KEYS), from: register(3) } },
  ct: {
    name: "ct",
    fields: { key: choice(2, CT_KEYS), direction: optional(choice8(3, CT_DIRECTIONS)), into: register(1) },
  },
  ctSet: { name: "ct", fields: { key: choice(2, CT_KEYS), from: register(4) } },
  cmp: { name: "cmp", fields: { register: register(1), operator: choice(2, OPERATORS), value: value(3) } },
  bitwise: {
    name: "bitwise",
    fields: {
      from: register(1),
      into: register(2),
      length: u32(3),
      mask: value(4),
      xor: value(5),
      $operation: optional(constant(6, 0)),
    },
  },
  vmap: {
    name: "lookup",
    fields: { set: text(1), key: register(2), $verdict: constant(3, 0), $flags: optional(constant(5, 0)) },
  },
  lookup: {
    name: "lookup",
    fields: { set: text(1), key: register(2), into: optional(register(3)), inverted: optional(flag(5)) },
  },
  immediate: { name: "immediate", fields: { into: register(1), value: value(2) } },
  nat: {
    name: "nat",
    fields: {
      kind: choice(1, { snat: 0, dnat: 1 }),
      family: choice(2, FAMILIES),
      address: sameRegisters(3, 4),
      port: optional(sameRegisters(5, 6)),
      flags: natFlags(7),
    },
  },
  masquerade: { name: "masq", fields: { flags: natFlags(1) } },
  redirect: { name: "redir", fields: { port: optional(sameRegisters(1, 2)), flags: natFlags(3) } },
  counter: { name: "counter", fields: { $counts: ignored(1, 2) } },
  numgen: {
    name: "numgen",
    fields: {
      into: register(1),
      modulus: u32(2),
      mode: choice(3, { incremental: 0, random: 1 }),
      offset: optional(u32(4), 0),
    },
  },
  fib: {
    name: "fib",
    fields: {
      into: register(1),
      result: choice(2, { oif: 1, oifname: 2, type: 3 }),
      address: choice(3, FIB_ADDRESSES),
    },
  },
  dynset: {
    name: "dynset",
    fields: {
      set: text(1),
      operation: choice(3, { add: 0, update: 1, delete: 2 }),
      key: register(4),
      value: optional(register(5)),
      timeoutMs: optional(milliseconds(6), 0),
      $flags: optional(constant(9, 0)),
    },
  },
  notrack: { name: "notrack", fields: {} },
  reject: { name: "reject", fields: { with: choice(1, REJECT_TYPES), code: optional(u8(2)) } },
};
