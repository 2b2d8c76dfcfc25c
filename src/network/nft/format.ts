import { formatRule } from "./format-rule.ts";
import type { BaseHook, ByteString, Ruleset, SetDefinition, TableName } from "./ruleset.ts";
import type { NftOperation, NftTransaction } from "./transaction.ts";
import { formatValue } from "./value.ts";

/** A ruleset the way `nft list table` shows it, with elements in the order of their keys. */
export function formatRuleset({ table, sets, chains }: Ruleset): string {
  const lines = [`table ${formatTable(table)} {`];
  for (const [name, { definition, elements }] of sets) {
    lines.push(`  ${setWord(definition)} ${name} { type ${formatType(definition)} }`);
    const sorted = [...elements].toSorted(([a], [b]) => (a < b ? -1 : 1));
    for (const [key, value] of sorted) lines.push(`    ${formatElement(definition, key, value)}`);
  }
  for (const [name, { hook, rules }] of chains) {
    lines.push(`  chain ${name}${hook === undefined ? "" : ` { ${formatHook(hook)} }`}`);
    for (const rule of rules) lines.push(`    ${formatRule(rule, (set) => sets.get(set)?.definition)}`);
  }
  return [...lines, "}"].join("\n");
}

/**
 * A transaction as `nft` commands. Rules name sets whose definitions the transaction may not carry; `known` has
 * those of the table.
 */
export function formatTransaction({ table, operations }: NftTransaction, known?: Ruleset): string {
  const definitions = new Map<string, SetDefinition>();
  for (const [name, { definition }] of known?.sets ?? []) definitions.set(name, definition);
  for (const operation of operations) {
    if ("definition" in operation) definitions.set(operation.set, operation.definition);
  }
  return operations
    .flatMap((operation) => formatOperation(operation, formatTable(table), definitions))
    .join("\n");
}

function formatOperation(
  operation: NftOperation,
  table: string,
  definitions: ReadonlyMap<string, SetDefinition>,
): readonly string[] {
  switch (operation.type) {
    case "addTable":
      return [`add table ${table}`];
    case "deleteTable":
      return [`delete table ${table}`];
    case "addSet": {
      const { set, definition } = operation;
      return [`add ${setWord(definition)} ${table} ${set} { type ${formatType(definition)} }`];
    }
    case "deleteSet":
      return [`delete set ${table} ${operation.set}`];
    case "addChain": {
      const { chain, hook } = operation;
      return [`add chain ${table} ${chain}${hook === undefined ? "" : ` { ${formatHook(hook)} }`}`];
    }
    case "flushChain":
      return [`flush chain ${table} ${operation.chain}`];
    case "deleteChain":
      return [`delete chain ${table} ${operation.chain}`];
    case "addRule":
      return [
        `add rule ${table} ${operation.chain} ${formatRule(operation.rule, (set) => definitions.get(set))}`,
      ];
    case "addElements": {
      const { set, definition, elements } = operation;
      return elements.map(
        ([key, value]) => `add element ${table} ${set} { ${formatElement(definition, key, value)} }`,
      );
    }
    case "deleteElements": {
      const { set, definition, keys } = operation;
      return keys.map((key) => `delete element ${table} ${set} { ${formatValue(definition.key, key)} }`);
    }
  }
}

function formatTable({ family, name }: TableName): string {
  return `${family} ${name}`;
}

function setWord({ value }: SetDefinition): string {
  return value === undefined ? "set" : "map";
}

function formatType({ key, value, dynamic }: SetDefinition): string {
  const values = value === undefined ? "" : ` : ${typeof value === "string" ? value : value.join(" . ")}`;
  return `${key.join(" . ")}${values};${dynamic === true ? " flags dynamic,timeout;" : ""}`;
}

function formatHook({ type, hook, priority }: BaseHook): string {
  return `type ${type} hook ${hook} priority ${String(priority)};`;
}

function formatElement({ key, value }: SetDefinition, keyBytes: ByteString, valueBytes: ByteString): string {
  const text = formatValue(key, keyBytes);
  if (value === undefined) return text;
  return `${text} : ${value === "verdict" ? valueBytes : formatValue(value, valueBytes)}`;
}
