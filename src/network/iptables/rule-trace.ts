import { containsIP, type IPAddress, parseCIDR, parseIP } from "#base/cidr.ts";
import type { Packet } from "../nft/packet.ts";
import type { Chains, IptablesRuleset, IptablesTable } from "./ruleset.ts";

/** What rules can see and do beyond the packet. */
export interface IptablesSurroundings {
  isLocal(address: string): boolean;
  /** A number below the modulus. */
  choose(modulus: number): number;
  /** Whether the address has been put into the list of this name in the last seconds. */
  isRecent(list: string, address: string, seconds: number): boolean;
  setRecent(list: string, address: string): void;
}

interface Connection {
  readonly protocol: string;
  readonly source: string;
  destination: string;
  port: number;
  mark: number;
  isTranslated: boolean;
  isMasqueraded: boolean;
}

type Result = "ACCEPT" | "DROP" | "REJECT" | "RETURN" | undefined;

/** An option of a rule with what follows it. */
interface Option {
  readonly name: string;
  /** There is a `!` before it. */
  readonly isInverted: boolean;
  readonly values: readonly string[];
}

const HOOKS = {
  prerouting: [["nat", "PREROUTING"]],
  output: [
    ["nat", "OUTPUT"],
    ["filter", "OUTPUT"],
  ],
  input: [["filter", "INPUT"]],
  forward: [["filter", "FORWARD"]],
  postrouting: [["nat", "POSTROUTING"]],
} as const satisfies Record<string, readonly (readonly [IptablesTable, string])[]>;

/** Follows the first packet of a connection, as netfilter would; the answer is that of nft's `tracePacket`. */
export function traceIptables(
  ruleset: IptablesRuleset,
  packet: Packet,
  surroundings: IptablesSurroundings,
): string {
  const { protocol, source, destination, destinationPort, fromHost = false } = packet;
  const connection: Connection = {
    protocol: protocol.toLowerCase(),
    source,
    destination,
    port: destinationPort,
    mark: 0,
    isTranslated: false,
    isMasqueraded: false,
  };
  const run = (hook: keyof typeof HOOKS): string | undefined => {
    for (const [table, chain] of HOOKS[hook]) {
      const result = runChain(ruleset[table], chain, connection, surroundings);
      if (result === "DROP") return "dropped";
      if (result === "REJECT") return "rejected";
    }
    return undefined;
  };
  const first = run(fromHost ? "output" : "prerouting");
  if (first !== undefined) return first;
  const toHost = surroundings.isLocal(connection.destination);
  const rest = toHost
    ? (["input"] as const)
    : fromHost
      ? (["postrouting"] as const)
      : (["forward", "postrouting"] as const);
  for (const hook of toHost && fromHost ? (["postrouting", "input"] as const) : rest) {
    const ending = run(hook);
    if (ending !== undefined) return ending;
  }
  const host = connection.destination.includes(":") ? `[${connection.destination}]` : connection.destination;
  return `${host}:${String(connection.port)}${connection.isMasqueraded ? " masqueraded" : ""}`;
}

function runChain(
  chains: Chains,
  name: string,
  connection: Connection,
  surroundings: IptablesSurroundings,
): Result {
  for (const rule of chains.get(name) ?? []) {
    const options = parseRule(rule);
    if (!options.every((option) => matches(option, options, connection, surroundings))) continue;
    const [target] = options.find((option) => option.name === "-j")?.values ?? [];
    if (target === undefined) continue;
    const result = chains.has(target)
      ? runChain(chains, target, connection, surroundings)
      : perform(target, options, connection);
    if (result === "RETURN") return undefined;
    if (result !== undefined) return result;
  }
  return undefined;
}

function perform(target: string, options: readonly Option[], connection: Connection): Result {
  const valueOf = (name: string): string | undefined =>
    options.find((option) => option.name === name)?.values[0];
  switch (target) {
    case "ACCEPT":
    case "DROP":
    case "REJECT":
    case "RETURN":
      return target;
    case "MARK":
      connection.mark ^= Number(valueOf("--xor-mark") ?? 0);
      connection.mark |= Number(valueOf("--or-mark") ?? 0);
      return undefined;
    case "MASQUERADE":
      connection.isMasqueraded = true;
      return "ACCEPT";
    case "DNAT": {
      const match = /^\[?(.*?)\]?:(\d+)$/.exec(valueOf("--to-destination") ?? "");
      connection.destination = match?.[1] ?? "";
      connection.port = Number(match?.[2]);
      connection.isTranslated = true;
      return "ACCEPT";
    }
    default:
      throw new RangeError(`There is no chain or target "${target}"`);
  }
}

interface Context {
  readonly connection: Connection;
  readonly surroundings: IptablesSurroundings;
  /** What follows another option of the rule. */
  readonly valueOf: (name: string) => string;
}

function matches(
  { name, isInverted, values: [value = ""] }: Option,
  options: readonly Option[],
  connection: Connection,
  surroundings: IptablesSurroundings,
): boolean {
  if (WITHOUT_MEANING.has(name)) return true;
  const match = MATCHES[name];
  if (match === undefined) throw new RangeError(`The fake does not know the option "${name}"`);
  const valueOf = (other: string): string => options.find((each) => each.name === other)?.values[0] ?? "";
  return match(value, { connection, surroundings, valueOf }) !== isInverted;
}

const MATCHES: Readonly<Record<string, (value: string, context: Context) => boolean>> = {
  "-p": (value, { connection }) => connection.protocol === value,
  "-d": (value, { connection }) => isIn(connection.destination, value),
  "-s": (value, { connection }) => isIn(connection.source, value),
  "--dport": (value, { connection }) => connection.port === Number(value),
  "--dst-type": (_value, { connection, surroundings }) => surroundings.isLocal(connection.destination),
  "--src-type": (_value, { connection, surroundings }) => surroundings.isLocal(connection.source),
  "--ctstate": (value, { connection }) =>
    statesOf(connection).some((state) => value.split(",").includes(state)),
  "--mark": (value, { connection }) => isMarked(connection, value),
  "--probability": (_value, { surroundings }) => surroundings.choose(2) === 0,
  "--rcheck": (_value, { connection, surroundings, valueOf }) =>
    surroundings.isRecent(valueOf("--name"), connection.source, Number(valueOf("--seconds"))),
  "--set": (_value, { connection, surroundings, valueOf }) => {
    surroundings.setRecent(valueOf("--name"), connection.source);
    return true;
  },
};

/** Options that say something about another option or about the target. */
const WITHOUT_MEANING = new Set([
  "-m",
  "-j",
  "--comment",
  "--mode",
  "--name",
  "--seconds",
  "--reap",
  "--to-destination",
  "--xor-mark",
  "--or-mark",
  "--random-fully",
]);

function parseRule(rule: string): readonly Option[] {
  const words = rule.match(/"[^"]*"|\S+/g) ?? [];
  const options: { name: string; isInverted: boolean; values: string[] }[] = [];
  let isInverted = false;
  for (const word of words) {
    if (word === "!") isInverted = true;
    else if (word.startsWith("-")) {
      options.push({ name: word, isInverted, values: [] });
      isInverted = false;
    } else options.at(-1)?.values.push(word);
  }
  return options;
}

function statesOf({ isTranslated }: Connection): readonly string[] {
  return isTranslated ? ["NEW", "DNAT"] : ["NEW"];
}

function isMarked({ mark }: Connection, text: string): boolean {
  const [value, mask] = text.split("/").map(Number);
  return (mark & (mask ?? 0)) === value;
}

function isIn(address: string, range: string): boolean {
  const cidr = parseCIDR(range.includes("/") ? range : `${range}/${range.includes(":") ? "128" : "32"}`);
  if (cidr === undefined) throw new RangeError(`Not a range: "${range}"`);
  return containsIP(cidr, required(address));
}

function required(text: string): IPAddress {
  const address = parseIP(text);
  if (address === undefined) throw new RangeError(`Not an address: "${text}"`);
  return address;
}
