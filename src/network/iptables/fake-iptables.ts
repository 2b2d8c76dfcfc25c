import { type Clock, systemClock } from "#base/clock.ts";
import { allChoices } from "../nft/fake-nft.ts";
import type { Packet } from "../nft/packet.ts";
import type { Iptables } from "./iptables.ts";
import { IptablesError } from "./iptables-error.ts";
import { traceIptables } from "./rule-trace.ts";
import type { IptablesTable } from "./ruleset.ts";

export interface FakeIptablesOptions {
  /** Addresses of the host whose rules these are. */
  readonly localAddresses?: readonly string[];
  readonly clock?: Clock;
}

type Tables = Record<IptablesTable, Map<string, string[]>>;

const BUILT_IN: Readonly<Record<IptablesTable, readonly string[]>> = {
  filter: ["INPUT", "FORWARD", "OUTPUT"],
  nat: ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
};

/** iptables in memory: refuses what the commands refuse, and tells where a packet would go. */
export class FakeIptables implements Iptables {
  readonly #localAddresses: ReadonlySet<string>;
  readonly #clock: Clock;
  readonly #recent = new Map<string, number>();
  #tables: Tables = {
    filter: new Map(BUILT_IN.filter.map((name) => [name, []])),
    nat: new Map(BUILT_IN.nat.map((name) => [name, []])),
  };
  /** What was given to `restore`, in order. */
  readonly restored: string[] = [];
  /** When set, `restore` rejects with it instead of doing anything. */
  failure: Error | undefined;

  constructor({ localAddresses = [], clock = systemClock }: FakeIptablesOptions = {}) {
    this.#localAddresses = new Set(localAddresses);
    this.#clock = clock;
  }

  save(): Promise<string> {
    const lines = (["filter", "nat"] as const).flatMap((table) => [
      `*${table}`,
      ...[...this.#tables[table].keys()].map((name) => `:${name} - [0:0]`),
      ...[...this.#tables[table]].flatMap(([name, rules]) => rules.map((rule) => `-A ${name} ${rule}`)),
      "COMMIT",
    ]);
    return Promise.resolve(`${lines.join("\n")}\n`);
  }

  restore(text: string): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    try {
      this.tamper(text);
      this.restored.push(text);
      return Promise.resolve();
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  /** Changes rules as another program would. */
  tamper(text: string): void {
    const draft = structuredClone(this.#tables);
    let table: IptablesTable = "filter";
    for (const line of text.split("\n")) {
      if (line.startsWith("*")) table = line.slice(1) as IptablesTable;
      else if (!WITHOUT_CHANGE.has(line)) change(draft[table], line);
    }
    this.#tables = draft;
  }

  /** The rules of a chain; undefined when it is not there. */
  rules(table: IptablesTable, chain: string): readonly string[] | undefined {
    return this.#tables[table].get(chain);
  }

  /** Sends the first packet of a connection; every chance is taken that comes first. */
  send(packet: Packet): string {
    const setRecent = (list: string, address: string): void =>
      void this.#recent.set(`${list} ${address}`, this.#clock.now());
    return this.#trace(packet, () => 0, setRecent);
  }

  /** Everything that may become of a packet, for every outcome of random choices, in alphabetical order. */
  outcomes(packet: Packet): readonly string[] {
    const outcomes = new Set<string>();
    for (const choose of allChoices()) outcomes.add(this.#trace(packet, choose, () => undefined));
    return [...outcomes].toSorted();
  }

  #trace(
    packet: Packet,
    choose: (modulus: number) => number,
    setRecent: (list: string, address: string) => void,
  ): string {
    return traceIptables(this.#tables, packet, {
      choose,
      setRecent,
      isLocal: (address) => this.#localAddresses.has(address),
      isRecent: (list, address, seconds) =>
        this.#clock.now() - (this.#recent.get(`${list} ${address}`) ?? Number.NEGATIVE_INFINITY) <
        seconds * 1000,
    });
  }
}

/** The last one prints all rules, here for nobody. */
const WITHOUT_CHANGE: ReadonlySet<string> = new Set(["", "COMMIT", "-S"]);

function change(chains: Map<string, string[]>, line: string): void {
  const fail = (reason: string): never => {
    throw IptablesError.failed("iptables-restore", `${reason}: ${line}`);
  };
  const [verb = "", name = ""] = line.split(" ", 2);
  const rest = line.slice(verb.length + name.length + 2);
  if (verb.startsWith(":")) {
    chains.set(verb.slice(1), []);
    return;
  }
  const rules = chains.get(name) ?? fail("No chain by that name");
  const target = / ?-j (KUBE-\S+)/.exec(rest)?.[1];
  if (target !== undefined && !chains.has(target)) fail("No target by that name");
  switch (verb) {
    case "-A":
      rules.push(rest);
      return;
    case "-I":
      if (!insert(rules, rest)) fail("Index of insertion too big");
      return;
    case "-D":
      if (!rules.includes(rest)) fail("Bad rule");
      rules.splice(rules.indexOf(rest), 1);
      return;
    case "-X":
      deleteChain(chains, name, fail);
      return;
    default:
      fail("Unknown option");
  }
}

/** `2 -j DROP` puts a rule before the second one. */
function insert(rules: string[], text: string): boolean {
  const [position = ""] = text.split(" ", 1);
  if (Number(position) > rules.length + 1) return false;
  rules.splice(Number(position) - 1, 0, text.slice(position.length + 1));
  return true;
}

function deleteChain(chains: Map<string, string[]>, name: string, fail: (reason: string) => never): void {
  if (chains.get(name)?.length !== 0) fail("Directory not empty");
  if ([...chains.values()].flat().some((rule) => rule.endsWith(`-j ${name}`))) fail("Too many links");
  chains.delete(name);
}
