import type { ByteString, Chain, SetDefinition, TableName } from "./ruleset.ts";
import type { NftOperation, NftTransaction } from "./transaction.ts";

/** What is different between two states of a table, as far as it can be changed without making the table anew. */
export interface TableDelta {
  readonly addedSets: ReadonlyMap<string, SetDefinition>;
  readonly deletedSets: readonly string[];
  readonly addedChains: ReadonlyMap<string, Chain>;
  /** Chains whose rules are others than before. */
  readonly changedChains: ReadonlyMap<string, Chain>;
  /** Chains that are no longer wanted and have rules. */
  readonly emptiedChains: readonly string[];
  readonly elements: readonly ElementDelta[];
}

export interface ElementDelta {
  readonly set: string;
  readonly definition: SetDefinition;
  /** Keys that are no longer wanted, and those whose value changes. */
  readonly deleted: readonly ByteString[];
  readonly added: readonly (readonly [key: ByteString, value: ByteString])[];
}

/**
 * The operations in an order in which nothing is used before it exists or deleted while it is used. A value is
 * changed by deleting the element and adding it again, which the kernel does in one step.
 */
export function transactionOf(table: TableName, delta: TableDelta): NftTransaction {
  const { addedSets, deletedSets, addedChains, changedChains, emptiedChains, elements } = delta;
  const operations: NftOperation[] = [];
  for (const [set, definition] of addedSets) operations.push({ type: "addSet", set, definition });
  for (const [chain, { hook }] of addedChains) {
    operations.push({ type: "addChain", chain, ...(hook !== undefined && { hook }) });
  }
  for (const { set, definition, deleted } of elements) {
    if (deleted.length > 0) operations.push({ type: "deleteElements", set, definition, keys: deleted });
  }
  for (const chain of [...changedChains.keys(), ...emptiedChains])
    operations.push({ type: "flushChain", chain });
  for (const [chain, { rules }] of [...addedChains, ...changedChains]) {
    for (const rule of rules) operations.push({ type: "addRule", chain, rule });
  }
  for (const { set, definition, added } of elements) {
    if (added.length > 0) operations.push({ type: "addElements", set, definition, elements: added });
  }
  for (const set of deletedSets) operations.push({ type: "deleteSet", set });
  return { table, operations };
}
