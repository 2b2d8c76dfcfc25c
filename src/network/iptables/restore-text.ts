import { type Chains, type IptablesTable, type Jump, jumpRule, TABLES } from "./ruleset.ts";

/** A change of rules that stand together in a chain. */
export interface ChainEdit {
  readonly deleted: readonly string[];
  /** Where the first of the new rules is put, when the others are deleted; the first place is 1. */
  readonly position: number;
  readonly inserted: readonly string[];
}

/** What is to be done to one table. */
export interface TableChange {
  /** Chains that get exactly these rules; they are made where they are missing. */
  readonly chains: Chains;
  /** Chains that keep most of their rules. */
  readonly edited: ReadonlyMap<string, ChainEdit>;
  /** Rules that are put before all others. */
  readonly jumps: readonly Jump[];
  /** Chains that are deleted. Nothing may lead to them any more. */
  readonly deleted: readonly string[];
  /** Rules that are deleted, as iptables-save shows them: `OUTPUT -j KUBE-SERVICES`. */
  readonly deletedRules: readonly string[];
}

/**
 * The input of `iptables-restore --noflush`, which changes a table in one step and leaves other chains alone. Undefined
 * when there is nothing to do.
 */
export function restoreText(changes: Readonly<Record<IptablesTable, TableChange>>): string | undefined {
  const parts = TABLES.flatMap((table) => tableText(table, changes[table]));
  return parts.length === 0 ? undefined : `${parts.join("\n")}\n`;
}

function tableText(table: IptablesTable, change: TableChange): readonly string[] {
  const { chains, edited, jumps, deleted, deletedRules } = change;
  if (chains.size + edited.size + jumps.length + deleted.length + deletedRules.length === 0) return [];
  return [
    `*${table}`,
    // Such a line makes a chain, or empties the one that is there.
    ...[...chains.keys(), ...deleted].map((name) => `:${name} - [0:0]`),
    ...[...chains].flatMap(([name, rules]) => rules.map((rule) => `-A ${name} ${rule}`)),
    ...jumps.map((jump) => `-I ${jump.from} 1 ${jumpRule(jump)}`),
    ...[...edited].flatMap(([name, edit]) => editLines(name, edit)),
    ...deletedRules.map((rule) => `-D ${rule}`),
    ...deleted.map((name) => `-X ${name}`),
    "COMMIT",
  ];
}

function editLines(name: string, { deleted, position, inserted }: ChainEdit): readonly string[] {
  return [
    ...deleted.map((rule) => `-D ${name} ${rule}`),
    ...inserted.map((rule, index) => `-I ${name} ${String(position + index)} ${rule}`),
  ];
}

/** The rules of a host at a time; whoever has read them may forget some. */
export type SavedRules = Readonly<Record<IptablesTable, Map<string, readonly string[]>>>;

/** Reads the output of `iptables-save`. A table that is not in it has no chains. */
export function parseSaved(text: string): SavedRules {
  const tables: Record<IptablesTable, Map<string, string[]>> = { filter: new Map(), nat: new Map() };
  let chains: Map<string, string[]> | undefined;
  for (const line of text.split("\n")) {
    const [word = "", name = ""] = line.split(" ", 2);
    if (word.startsWith("*"))
      chains = TABLES.includes(word.slice(1) as IptablesTable)
        ? tables[word.slice(1) as IptablesTable]
        : undefined;
    else if (word.startsWith(":")) chains?.set(word.slice(1), []);
    else if (word === "-A") chains?.get(name)?.push(line.slice(word.length + name.length + 2));
  }
  return tables;
}
