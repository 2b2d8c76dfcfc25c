import type { Service } from "#api/generated/core-v1.ts";
import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import type { Clock } from "#base/clock.ts";
import type { Logger } from "#observability/logger.ts";
import type { Iptables } from "../../iptables/iptables.ts";
import { parseSaved, restoreText, type SavedRules, type TableChange } from "../../iptables/restore-text.ts";
import { type IptablesRuleset, type IptablesTable, TABLES } from "../../iptables/ruleset.ts";
import type { AddressFamily } from "../../nft/address-family.ts";
import { rankOf } from "../plan-services.ts";
import type { ProxyNode } from "../proxy-node.ts";
import type { CreateProxyRules, ProxyRules } from "../proxy-rules.ts";
import { assembleRules } from "./assemble-rules.ts";
import { isAltered, planChange, planRemoval, planRewrite } from "./plan-change.ts";
import { planServiceRules, type ServiceRules } from "./plan-service-rules.ts";
import { restoreSteps } from "./restore-steps.ts";

export interface IptablesRulesDependencies {
  readonly iptables: (family: AddressFamily) => Iptables;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly checkIntervalMs?: number | undefined;
}

/** Nobody tells of changes to iptables, so they are looked for; `iptables-save` takes a few milliseconds. */
const CHECK_INTERVAL_MS = 10_000;

const NOTHING: IptablesRuleset = { filter: new Map(), nat: new Map() };

/** Rules in the chains that kube-proxy's iptables mode has, kept by the commands of the host. */
export function iptablesRules(dependencies: IptablesRulesDependencies): CreateProxyRules {
  return (node) => new IptablesRules(node, dependencies);
}

/** Removes all chains of Services, and what leads to them. */
export async function removeIptablesRules(iptables: Iptables): Promise<void> {
  const text = restoreText(planRemoval(parseSaved(await iptables.save())));
  if (text !== undefined) await iptables.restore(text);
}

interface Part {
  /** Of two Services with one address the older one comes first. */
  readonly rank: string;
  readonly rules: ServiceRules;
}

class IptablesRules implements ProxyRules {
  readonly #dependencies: IptablesRulesDependencies;
  readonly #iptables: Iptables;
  readonly #parts = new Map<string, Part>();
  #node: ProxyNode;
  /** What was written last; undefined while it is not known what is there. */
  #written: IptablesRuleset | undefined;
  /** How iptables-save shows the chains that have not been written since. */
  #shown: SavedRules = parseSaved("");
  /** Writing takes turns with looking for what others did. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(node: ProxyNode, dependencies: IptablesRulesDependencies) {
    this.#node = node;
    this.#dependencies = dependencies;
    this.#iptables = dependencies.iptables(node.family);
  }

  get isInStep(): boolean {
    return this.#written !== undefined;
  }

  setNode(node: ProxyNode): void {
    this.#node = node;
  }

  set(key: string, service: Service | undefined, slices: readonly EndpointSlice[]): void {
    if (service === undefined) this.#parts.delete(key);
    else {
      const rules = planServiceRules(service, slices, this.#node);
      this.#parts.set(key, { rank: `${rankOf(service)} ${key}`, rules });
    }
  }

  commit(): Promise<boolean> {
    return this.#inTurn(() => this.#commit());
  }

  async guard(signal: AbortSignal, onRepair: () => void): Promise<void> {
    const { clock, logger, checkIntervalMs = CHECK_INTERVAL_MS } = this.#dependencies;
    for (;;) {
      await clock.sleep(checkIntervalMs, signal);
      try {
        if (!(await this.#inTurn(() => this.#repair()))) continue;
        logger.warn("Repaired packet rules that somebody else changed", { family: this.#node.family.name });
        onRepair();
      } catch (error) {
        logger.error("Could not repair packet rules", { family: this.#node.family.name, error });
      }
    }
  }

  /** Leaves the rules as they are. */
  [Symbol.dispose](): void {
    this.#parts.clear();
  }

  async #commit(): Promise<boolean> {
    const wanted = this.#wanted();
    const written = this.#written;
    if (written === undefined) {
      const saved = await this.#save();
      await this.#rewrite(saved, wanted);
      return isAltered(saved, NOTHING, wanted);
    }
    const change = planChange(written, wanted);
    this.#written = undefined;
    await this.#restore(restoreSteps(change));
    this.#written = wanted;
    for (const table of TABLES) this.#forgetShown(table, change[table]);
    return false;
  }

  /** Whether there was something to repair. */
  async #repair(): Promise<boolean> {
    const written = this.#written;
    if (written === undefined) return false;
    const saved = await this.#save();
    if (!isAltered(saved, this.#shown, written)) {
      this.#shown = saved;
      return false;
    }
    await this.#rewrite(saved, written);
    return true;
  }

  async #rewrite(saved: IptablesRuleset, wanted: IptablesRuleset): Promise<void> {
    this.#written = undefined;
    await this.#restore(restoreSteps(planRewrite(saved, wanted)));
    this.#shown = await this.#save();
    this.#written = wanted;
  }

  #forgetShown(table: IptablesTable, { chains, edited }: TableChange): void {
    for (const name of [...chains.keys(), ...edited.keys()]) this.#shown[table].delete(name);
  }

  #wanted(): IptablesRuleset {
    const parts = [...this.#parts.values()].toSorted((a, b) => (a.rank < b.rank ? -1 : 1));
    return assembleRules(
      parts.map(({ rules }) => rules),
      this.#node,
    );
  }

  async #save(): Promise<SavedRules> {
    return parseSaved(await this.#iptables.save());
  }

  async #restore(steps: readonly string[]): Promise<void> {
    for (const text of steps) await this.#iptables.restore(text);
  }

  async #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const before = this.#turn;
    const done = Promise.withResolvers<void>();
    this.#turn = done.promise;
    try {
      await before;
      return await action();
    } finally {
      done.resolve();
    }
  }
}
