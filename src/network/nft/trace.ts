import type { Verdict } from "./expression.ts";
import { type Packet, PacketBytes } from "./packet.ts";
import { type Connection, RuleMachine, type Surroundings } from "./rule-machine.ts";
import type { BaseHook, Chain, Hook, Ruleset } from "./ruleset.ts";

/**
 * What becomes of a packet: `10.42.0.5:8080` where it goes, followed by `masqueraded` when its source is hidden;
 * `rejected` or `dropped` where it ends.
 */
export type Outcome = string;

type Ending = "rejected" | "dropped";

/** Follows the first packet of a connection through all hooks of the table, as netfilter would. */
export function tracePacket(ruleset: Ruleset, packet: Packet, surroundings: Surroundings): Outcome {
  const bytes = PacketBytes.of(packet);
  const connection: Connection = {
    original: bytes,
    packet: bytes,
    isDestinationChanged: false,
    isMasqueraded: false,
  };
  const run = (hook: Hook): Ending | undefined => runHook(ruleset, hook, connection, surroundings);
  const isLocal = (): boolean => surroundings.isLocal(connection.packet.destination);
  const first = run(packet.fromHost === true ? "output" : "prerouting");
  if (first !== undefined) return first;
  for (const hook of remainingHooks(packet.fromHost === true, isLocal())) {
    const ending = run(hook);
    if (ending !== undefined) return ending;
  }
  return `${connection.packet.target}${connection.isMasqueraded ? " masqueraded" : ""}`;
}

/** What the host sends to itself leaves by `postrouting` and comes back as input; it is not translated again. */
function remainingHooks(fromHost: boolean, toHost: boolean): readonly Hook[] {
  if (toHost) return fromHost ? ["postrouting", "input"] : ["input"];
  return fromHost ? ["postrouting"] : ["forward", "postrouting"];
}

function runHook(
  { chains }: Ruleset,
  hook: Hook,
  connection: Connection,
  surroundings: Surroundings,
): Ending | undefined {
  const machine = new RuleMachine(surroundings, connection);
  const base = [...chains.values()].filter(
    (chain): chain is Chain & { hook: BaseHook } => chain.hook?.hook === hook,
  );
  for (const chain of base.toSorted((a, b) => a.hook.priority - b.hook.priority)) {
    const result = runChain(chain, chains, machine);
    if (result === "reject") return "rejected";
    if (result === "drop") return "dropped";
  }
  return undefined;
}

type ChainResult = "accept" | "drop" | "reject" | undefined;

function runChain(chain: Chain, chains: ReadonlyMap<string, Chain>, machine: RuleMachine): ChainResult {
  const enter = (name: string): ChainResult => {
    const target = chains.get(name);
    if (target === undefined) throw new RangeError(`There is no chain "${name}"`);
    return runChain(target, chains, machine);
  };
  for (const rule of chain.rules) {
    const result = machine.run(rule.expressions);
    switch (result) {
      case "accept":
      case "drop":
      case "reject":
        return result;
      case "translated":
        return "accept";
      case "return":
        return undefined;
      case "no match":
      case "end of rule":
      case "continue":
      case "break":
        continue;
    }
    const [verb, name] = splitVerdict(result);
    const inner = enter(name);
    if (verb === "goto" || inner !== undefined) return inner;
  }
  return undefined;
}

function splitVerdict(verdict: Verdict): readonly [verb: string, chain: string] {
  const [verb = "", chain = ""] = verdict.split(" ");
  return [verb, chain];
}
