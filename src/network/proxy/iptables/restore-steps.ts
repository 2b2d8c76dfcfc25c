import { restoreText, type TableChange } from "../../iptables/restore-text.ts";
import type { IptablesTable } from "../../iptables/ruleset.ts";
import { NO_CHANGE } from "./plan-change.ts";

/** So many chains at once are written in the way that is meant for many. */
const MANY_CHAINS = 1_000;

/**
 * The inputs of `iptables-restore` that make the change, one after the other.
 *
 * iptables on nf_tables (seen with 1.8.9) keeps a sorted list of the chains that its input names, and walks it for each
 * line: minutes for the 40,000 chains of 10,000 Services. A command for all chains of the table, here one that prints
 * them, has it do without the list. Such an input cannot insert into built-in chains, so jumps come afterwards.
 */
export function restoreSteps(changes: Readonly<Record<IptablesTable, TableChange>>): readonly string[] {
  const { filter, nat } = changes;
  if (nat.chains.size + nat.deleted.length < MANY_CHAINS) return texts(changes);
  const { jumps, deletedRules } = nat;
  const chains = texts({ filter: NO_CHANGE, nat: { ...nat, jumps: [], deletedRules: [] } });
  return [
    ...chains.map((text) => text.replace("*nat\n", "*nat\n-S\n")),
    ...texts({ filter, nat: { ...NO_CHANGE, jumps, deletedRules } }),
  ];
}

function texts(changes: Readonly<Record<IptablesTable, TableChange>>): readonly string[] {
  return [restoreText(changes)].filter((text) => text !== undefined);
}
