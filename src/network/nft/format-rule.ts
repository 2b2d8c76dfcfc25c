import { sizeOfTypes } from "./element-type.ts";
import type { Expression, Register } from "./expression.ts";
import type { ByteString, ElementType, Rule, SetDefinition } from "./ruleset.ts";
import { formatValue } from "./value.ts";

/** What a register holds, as far as it matters for a person who reads the rule. */
interface Loaded {
  readonly text: string;
  readonly length: number;
  readonly type?: ElementType;
  /** How values compared with it are written, where bits have names. */
  readonly names?: Readonly<Record<string, string>>;
}

type Step<T extends Expression["type"]> = Extract<Expression, { readonly type: T }>;

const PAYLOADS: Readonly<Record<string, Loaded>> = {
  "network 12 4": { text: "ip saddr", length: 4, type: "ipv4_addr" },
  "network 16 4": { text: "ip daddr", length: 4, type: "ipv4_addr" },
  "network 8 16": { text: "ip6 saddr", length: 16, type: "ipv6_addr" },
  "network 24 16": { text: "ip6 daddr", length: 16, type: "ipv6_addr" },
  "transport 0 2": { text: "th sport", length: 2, type: "inet_service" },
  "transport 2 2": { text: "th dport", length: 2, type: "inet_service" },
};

/** RTN_LOCAL of linux/rtnetlink.h */
const FIB_TYPES: Readonly<Record<string, string>> = { "\x02\0\0\0": "local" };
/** NF_CT_STATE_BIT of net/netfilter/nf_conntrack.h */
const CT_STATES: Readonly<Record<string, string>> = { "\x08\0\0\0": "new" };
/** IPS_DST_NAT of linux/netfilter/nf_conntrack_common.h */
const CT_STATUSES: Readonly<Record<string, string>> = { "\x20\0\0\0": "dnat" };

/**
 * A rule in the words of the `nft` tool, as far as it has words for it. `definitions` are those of the sets that
 * the rule mentions.
 */
export function formatRule(rule: Rule, definitions: (set: string) => SetDefinition | undefined): string {
  const context: Context = { registers: [], definitions };
  const texts: string[] = [];
  for (const expression of rule.expressions) {
    // The table has a function for every type that takes the step of that type.
    const format = FORMATTERS[expression.type] as Formatter<Expression["type"]>;
    const text = format(expression, context);
    if (text !== undefined) texts.push(text);
  }
  if (rule.comment !== undefined) texts.push(`comment ${JSON.stringify(rule.comment)}`);
  return texts.join(" ");
}

interface Context {
  readonly registers: (Loaded | undefined)[];
  readonly definitions: (set: string) => SetDefinition | undefined;
}

/** The text of a step, or nothing for one that only loads a register. */
type Formatter<T extends Expression["type"]> = (step: Step<T>, context: Context) => string | undefined;

const FORMATTERS: { readonly [T in Expression["type"]]: Formatter<T> } = {
  payload: (step, context) => load(step, payloadValue(step), context),
  meta: (step, context) => load(step, metaValue(step.key), context),
  ct: (step, context) => load(step, ctValue(step), context),
  fib: (step, context) =>
    load(step, { text: `fib ${step.address} ${step.result}`, length: 4, names: FIB_TYPES }, context),
  numgen: (step, context) => load(step, { text: numgenText(step), length: 4, type: "mark" }, context),
  immediate: (step, context) =>
    load(step, { text: "", length: step.value.length, names: { [step.value]: step.value } }, context),
  bitwise: (step, context) => load(step, masked(step, context), context),
  lookup: formatLookup,
  cmp: comparison,
  vmap: ({ set, key }, context) => `${keyOf(set, key, context)} vmap @${set}`,
  nat: formatNat,
  dynset: formatDynset,
  metaSet: ({ key, from }, context) => `meta ${key} set ${read(from, 4, context)}`,
  ctSet: ({ key, from }, context) => `ct ${key} set ${read(from, 4, context)}`,
  masquerade: ({ flags = [] }) => ["masquerade", ...flags].join(" "),
  redirect: ({ port }, context) =>
    port === undefined ? "redirect" : `redirect to :${read(port, 2, context)}`,
  reject: (step) => (step.with === "tcp reset" ? "reject with tcp reset" : "reject"),
  verdict: ({ verdict }) => verdict,
  counter: () => "counter",
  notrack: () => "notrack",
  unknown: ({ name }) => `unknown ${name}`,
};

function load({ into }: { readonly into: Register }, loaded: Loaded, { registers }: Context): undefined {
  registers[into] = loaded;
}

function payloadValue({ base, offset, length }: Step<"payload">): Loaded {
  return (
    PAYLOADS[`${base} ${String(offset)} ${String(length)}`] ?? {
      text: `@${base},${String(offset * 8)},${String(length * 8)}`,
      length,
    }
  );
}

function metaValue(key: string): Loaded {
  if (key === "l4proto") return { text: "meta l4proto", length: 1, type: "inet_proto" };
  if (key === "iifname" || key === "oifname") return { text: key, length: 16, type: "ifname" };
  return { text: `meta ${key}`, length: 4, type: "mark" };
}

function ctValue({ key, direction }: Step<"ct">): Loaded {
  const text = ["ct", direction, key].filter((word) => word !== undefined).join(" ");
  if (key === "state") return { text, length: 4, names: CT_STATES };
  if (key === "status") return { text, length: 4, names: CT_STATUSES };
  if (key === "proto-dst") return { text, length: 2, type: "inet_service" };
  if (key === "protocol") return { text, length: 1, type: "inet_proto" };
  if (key === "mark") return { text, length: 4, type: "mark" };
  return key.startsWith("ip6")
    ? { text, length: 16, type: "ipv6_addr" }
    : { text, length: 4, type: "ipv4_addr" };
}

function numgenText({ mode, modulus, offset }: Step<"numgen">): string {
  const text = `numgen ${mode === "random" ? "random" : "inc"} mod ${String(modulus)}`;
  return offset === undefined ? text : `${text} offset ${String(offset)}`;
}

/** A masked value compared with a constant is a prefix or a named bit, which only `cmp` can say. */
interface Masked extends Loaded {
  readonly mask: ByteString;
}

function masked({ from, length, mask }: Step<"bitwise">, { registers }: Context): Masked {
  const loaded = registers[from] ?? { text: "?", length };
  return { ...loaded, mask };
}

function comparison({ register, operator, value }: Step<"cmp">, { registers }: Context): string {
  const loaded: Loaded & { readonly mask?: ByteString } = registers[register] ?? {
    text: "?",
    length: value.length,
  };
  const sign = operator === "==" ? "" : `${operator} `;
  if (loaded.mask === undefined) return `${loaded.text} ${sign}${constantText(loaded, value)}`;
  const bit = loaded.names?.[loaded.mask];
  if (bit !== undefined) return operator === "!=" ? `${loaded.text} ${bit}` : `${loaded.text} ! ${bit}`;
  return `${loaded.text} ${sign}${constantText(loaded, value)}/${String(prefixLengthOf(loaded.mask))}`;
}

function constantText({ type, names, length }: Loaded, value: ByteString): string {
  if (type !== undefined) return formatValue([type], value.padEnd(length, "\0"));
  return (
    names?.[value] ??
    `0x${Array.from(value, (char) => char.charCodeAt(0).toString(16).padStart(2, "0")).join("")}`
  );
}

function prefixLengthOf(mask: ByteString): number {
  return (
    Array.from(mask, (char) => char.charCodeAt(0).toString(2).padStart(8, "0"))
      .join("")
      .lastIndexOf("1") + 1
  );
}

function formatLookup(step: Step<"lookup">, context: Context): string | undefined {
  const key = keyOf(step.set, step.key, context);
  if (step.into === undefined) return `${key} ${step.inverted === true ? "!= " : ""}@${step.set}`;
  const types = context.definitions(step.set)?.value;
  const length = types === undefined || types === "verdict" ? 4 : sizeOfTypes(types);
  context.registers[step.into] = { text: `${key} map @${step.set}`, length };
  return undefined;
}

function formatNat({ kind, address, port, flags = [] }: Step<"nat">, { registers }: Context): string {
  const target = registers[address];
  const isMap = target?.text !== "" && target !== undefined;
  if (isMap) return [`${kind} to ${target.text}`, ...flags].join(" ");
  const portText = port === undefined ? "" : `:${immediateText("inet_service", registers[port])}`;
  const type = target?.length === 16 ? "ipv6_addr" : "ipv4_addr";
  const text = immediateText(type, target);
  const addressText = type === "ipv6_addr" && portText !== "" ? `[${text}]` : text;
  return [`${kind} to ${addressText}${portText}`, ...flags].join(" ");
}

function immediateText(type: ElementType, loaded: Loaded | undefined): string {
  const [value] = Object.keys(loaded?.names ?? {});
  return value === undefined ? "?" : formatValue([type], value);
}

function formatDynset({ operation, set, key, timeoutMs }: Step<"dynset">, context: Context): string {
  const timeout = timeoutMs === undefined ? "" : ` timeout ${String(timeoutMs / 1000)}s`;
  return `${operation} @${set} { ${keyOf(set, key, context)}${timeout} }`;
}

function keyOf(set: string, register: number, context: Context): string {
  const types = context.definitions(set)?.key ?? [];
  return read(register, sizeOfTypes(types), context);
}

/** What the registers from `register` on hold, up to `length` bytes. */
function read(register: number, length: number, { registers }: Context): string {
  const texts: string[] = [];
  for (let at = register; at < register + Math.ceil(length / 4); ) {
    const loaded = registers[at];
    texts.push(loaded?.text ?? "?");
    at += Math.max(1, Math.ceil((loaded?.length ?? 4) / 4));
  }
  return texts.join(" . ");
}
