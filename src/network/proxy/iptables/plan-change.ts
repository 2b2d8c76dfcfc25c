import type { ChainEdit, TableChange } from "../../iptables/restore-text.ts";
import {
  type Chains,
  type IptablesRuleset,
  type IptablesTable,
  type Jump,
  TABLES,
} from "../../iptables/ruleset.ts";
import { JUMPS, SHARED_CHAINS } from "./base-rules.ts";
import { editOf } from "./chain-edit.ts";
import { isServiceChain } from "./chain-names.ts";

type Changes = Readonly<Record<IptablesTable, TableChange>>;

export const NO_CHANGE: TableChange = {
  chains: new Map(),
  edited: new Map(),
  jumps: [],
  deleted: [],
  deletedRules: [],
};

/** From what was written before to what is wanted now; a table where nothing differs is left alone. */
export function planChange(before: IptablesRuleset, after: IptablesRuleset): Changes {
  return eachTable((table) => {
    const chains = new Map<string, readonly string[]>();
    const edited = new Map<string, ChainEdit>();
    for (const [name, rules] of after[table]) {
      const old = before[table].get(name);
      if (isSame(old, rules)) continue;
      const edit = editOf(old ?? [], rules);
      if (edit === undefined) chains.set(name, rules);
      else edited.set(name, edit);
    }
    const deleted = before[table].keys().filter((name) => !after[table].has(name));
    return { ...NO_CHANGE, chains, edited, deleted: [...deleted] };
  });
}

/** From what iptables-save shows to what is wanted, whatever has been there. */
export function planRewrite(saved: IptablesRuleset, wanted: IptablesRuleset): Changes {
  return eachTable((table) => ({
    ...NO_CHANGE,
    chains: wanted[table],
    jumps: missingJumps(saved, table),
    deleted: ownChains(saved[table], table).filter((name) => !wanted[table].has(name)),
  }));
}

/** Takes everything of ours away. */
export function planRemoval(saved: IptablesRuleset): Changes {
  return eachTable((table) => ({
    ...NO_CHANGE,
    deleted: ownChains(saved[table], table),
    deletedRules: JUMPS.filter((jump) => jump.table === table).flatMap((jump) =>
      rulesOf(saved, jump).map((rule) => `${jump.from} ${rule}`),
    ),
  }));
}

/** Whether somebody else has changed what is ours, by what iptables-save showed after it was written. */
export function isAltered(saved: IptablesRuleset, shown: IptablesRuleset, wanted: IptablesRuleset): boolean {
  return TABLES.some(
    (table) =>
      missingJumps(saved, table).length > 0 ||
      ownChains(saved[table], table).some((name) => !wanted[table].has(name)) ||
      [...wanted[table]].some(
        ([name, rules]) => !isIntact(saved[table].get(name), shown[table].get(name), rules),
      ),
  );
}

/** iptables shows a rule in other words than it was given, so a chain that was not yet looked at is only counted. */
function isIntact(
  saved: readonly string[] | undefined,
  shown: readonly string[] | undefined,
  wanted: readonly string[],
): boolean {
  if (saved === undefined) return false;
  return shown === undefined ? saved.length === wanted.length : isSame(saved, shown);
}

/** The chains among these that are ours. */
export function ownChains(chains: Chains, table: IptablesTable): readonly string[] {
  const shared: readonly string[] = SHARED_CHAINS[table];
  return [...chains.keys()].filter((name) => isServiceChain(name) || shared.includes(name));
}

function missingJumps(saved: IptablesRuleset, table: IptablesTable): readonly Jump[] {
  return JUMPS.filter((jump) => jump.table === table && rulesOf(saved, jump).length === 0);
}

/** By where they lead: versions of iptables differ in how they write conditions. */
function rulesOf(saved: IptablesRuleset, { table, from, to }: Jump): readonly string[] {
  return (saved[table].get(from) ?? []).filter((rule) => rule === `-j ${to}` || rule.endsWith(` -j ${to}`));
}

function isSame(a: readonly string[] | undefined, b: readonly string[]): boolean {
  return a === b || (a?.length === b.length && a.every((rule, index) => rule === b[index]));
}

function eachTable<T>(make: (table: IptablesTable) => T): Readonly<Record<IptablesTable, T>> {
  return { filter: make("filter"), nat: make("nat") };
}
