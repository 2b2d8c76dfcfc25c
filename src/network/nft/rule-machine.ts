import { sizeOfTypes } from "./element-type.ts";
import type { Expression, Verdict } from "./expression.ts";
import type { PacketBytes } from "./packet.ts";
import type { ByteString, SetDefinition } from "./ruleset.ts";
import { markBytes } from "./value.ts";

/** What rules can see and do beyond the packet's bytes. */
export interface Surroundings {
  definition(set: string): SetDefinition | undefined;
  /** The value of an element, or undefined when it is not in the set. */
  lookup(set: string, key: ByteString): ByteString | undefined;
  updateDynamicSet(set: string, key: ByteString, timeoutMs: number | undefined): void;
  isLocal(address: ByteString): boolean;
  /** A number below the modulus. */
  choose(modulus: number): number;
}

/** A connection while its first packet is on its way. */
export interface Connection {
  readonly original: PacketBytes;
  packet: PacketBytes;
  isDestinationChanged: boolean;
  isMasqueraded: boolean;
}

export type RuleResult = Verdict | "reject" | "translated" | "no match" | "end of rule";

type Step<T extends Expression["type"]> = Extract<Expression, { readonly type: T }>;

/** What a step does: it ends the rule with a result, or lets it go on. */
type Run<T extends Expression["type"]> = (machine: RuleMachine, step: Step<T>) => RuleResult | undefined;

/** enum rtn types of linux/rtnetlink.h */
const RTN_UNICAST = 1;
const RTN_LOCAL = 2;
/** NF_CT_STATE_BIT(IP_CT_NEW) */
const STATE_NEW = 8;
/** IPS_DST_NAT */
const STATUS_DNAT = 32;

/** Runs rules the way the kernel's virtual machine does. */
export class RuleMachine {
  readonly surroundings: Surroundings;
  readonly connection: Connection;
  /** 64 bytes: 16 registers. */
  #registers: ByteString = "\0".repeat(64);

  constructor(surroundings: Surroundings, connection: Connection) {
    this.surroundings = surroundings;
    this.connection = connection;
  }

  /** Runs one rule to its end, its first verdict, or the first step that does not match. */
  run(expressions: readonly Expression[]): RuleResult {
    for (const expression of expressions) {
      // The table has a function for every type that takes the step of that type.
      const run = STEPS[expression.type] as Run<Expression["type"]>;
      const result = run(this, expression);
      if (result !== undefined) return result;
    }
    return "end of rule";
  }

  read(register: number, length: number): ByteString {
    return this.#registers.slice(register * 4, register * 4 + length);
  }

  /** Fills whole registers: what a value does not reach becomes zero. */
  load(register: number, value: ByteString): undefined {
    const padded = value.padEnd((value.length + 3) & ~3, "\0");
    const at = register * 4;
    this.#registers = this.#registers.slice(0, at) + padded + this.#registers.slice(at + padded.length);
  }

  /** The key of a set in the registers from `key` on. */
  readKey({ set, key }: { readonly set: string; readonly key: number }): ByteString {
    return this.read(key, sizeOfTypes(this.surroundings.definition(set)?.key ?? []));
  }
}

const STEPS: { readonly [T in Expression["type"]]: Run<T> } = {
  payload: (machine, { base, offset, length, into }) => {
    const { network, transport } = machine.connection.packet;
    return machine.load(into, (base === "network" ? network : transport).slice(offset, offset + length));
  },
  meta: (machine, step) => {
    if (step.key !== "l4proto") return unsupported(step);
    return machine.load(step.into, String.fromCharCode(machine.connection.packet.protocol));
  },
  ct: (machine, step) => machine.load(step.into, connectionFact(machine.connection, step)),
  immediate: (machine, { into, value }) => machine.load(into, value),
  numgen: (machine, { into, modulus, offset = 0 }) =>
    machine.load(into, markBytes(machine.surroundings.choose(modulus) + offset)),
  fib: (machine, { address, into }) => {
    const { source, destination } = machine.connection.packet;
    const isLocal = machine.surroundings.isLocal(address === "saddr" ? source : destination);
    return machine.load(into, markBytes(isLocal ? RTN_LOCAL : RTN_UNICAST));
  },
  bitwise: (machine, { from, into, length, mask, xor }) => {
    const bytes = Array.from(
      machine.read(from, length),
      (char, at) => (char.charCodeAt(0) & mask.charCodeAt(at)) ^ xor.charCodeAt(at),
    );
    return machine.load(into, String.fromCharCode(...bytes));
  },
  cmp: (machine, step) =>
    compares(step, machine.read(step.register, step.value.length)) ? undefined : "no match",
  lookup: (machine, step) => {
    const value = machine.surroundings.lookup(step.set, machine.readKey(step));
    if ((value === undefined) !== (step.inverted === true)) return "no match";
    return value === undefined || step.into === undefined ? undefined : machine.load(step.into, value);
  },
  // The elements of a verdict map are verdicts.
  vmap: (machine, step) =>
    machine.surroundings.lookup(step.set, machine.readKey(step)) as Verdict | undefined,
  dynset: (machine, step) => {
    if (step.operation === "delete" || step.value !== undefined) return unsupported(step);
    machine.surroundings.updateDynamicSet(step.set, machine.readKey(step), step.timeoutMs);
    return undefined;
  },
  nat: (machine, step) => {
    if (step.kind !== "dnat") return unsupported(step);
    const { connection } = machine;
    const address = machine.read(step.address, connection.packet.addressSize);
    const port = step.port === undefined ? undefined : machine.read(step.port, 2);
    connection.packet = connection.packet.withDestination(address, port);
    connection.isDestinationChanged = true;
    return "translated";
  },
  masquerade: ({ connection }) => {
    connection.isMasqueraded = true;
    return "translated";
  },
  verdict: (_machine, { verdict }) => verdict,
  reject: () => "reject",
  counter: () => undefined,
  metaSet: (_machine, step) => unsupported(step),
  ctSet: (_machine, step) => unsupported(step),
  redirect: (_machine, step) => unsupported(step),
  notrack: (_machine, step) => unsupported(step),
  unknown: (_machine, step) => unsupported(step),
};

function connectionFact({ original, isDestinationChanged }: Connection, step: Step<"ct">): ByteString {
  const { key } = step;
  if (key === "state") return markBytes(STATE_NEW);
  if (key === "status") return markBytes(isDestinationChanged ? STATUS_DNAT : 0);
  if (key === "proto-dst") return original.destinationPort;
  if (key === "ip daddr" || key === "ip6 daddr") return original.destination;
  return unsupported(step);
}

function compares({ operator, value }: Step<"cmp">, left: ByteString): boolean {
  switch (operator) {
    case "==":
      return left === value;
    case "!=":
      return left !== value;
    case "<":
      return left < value;
    case "<=":
      return left <= value;
    case ">":
      return left > value;
    case ">=":
      return left >= value;
  }
}

function unsupported(step: Expression): never {
  throw new TypeError(`The fake does not run ${JSON.stringify(step)}`);
}
