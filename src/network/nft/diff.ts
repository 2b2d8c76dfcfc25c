import { type ElementDelta, transactionOf } from "./delta.ts";
import type { Chain, NftSet, Ruleset } from "./ruleset.ts";
import type { NftTransaction } from "./transaction.ts";

/**
 * What turns the ruleset `actual` (undefined when there is no table) into `desired`: only what differs. Where the
 * type of a set or the place of a base chain differs, the table is deleted and made anew within the transaction.
 *
 * Chains that `desired` does not have are emptied and not deleted, because kernels before 6.2 count a chain as used
 * for a moment after the last map element that names it is gone.
 */
export function diffRulesets(actual: Ruleset | undefined, desired: Ruleset): NftTransaction {
  const { table } = desired;
  const empty: Ruleset = { table, sets: new Map(), chains: new Map() };
  const isNew = actual === undefined;
  const isRebuilt = !isNew && !isCompatible(actual, desired);
  const before = isNew || isRebuilt ? empty : actual;
  const { operations } = transactionOf(table, {
    addedSets: new Map(missing(desired.sets, before.sets).map(([name, set]) => [name, set.definition])),
    deletedSets: missing(before.sets, desired.sets).map(([name]) => name),
    addedChains: new Map(missing(desired.chains, before.chains)),
    changedChains: new Map(
      [...desired.chains].filter(([name, chain]) => isChanged(before.chains.get(name), chain)),
    ),
    emptiedChains: missing(before.chains, desired.chains)
      .filter(([, { rules }]) => rules.length > 0)
      .map(([name]) => name),
    elements: [...desired.sets].map(([name, set]) => diffElements(name, before.sets.get(name), set)),
  });
  if (isRebuilt) return { table, operations: [{ type: "deleteTable" }, { type: "addTable" }, ...operations] };
  return { table, operations: isNew ? [{ type: "addTable" }, ...operations] : operations };
}

function missing<T>(from: ReadonlyMap<string, T>, other: ReadonlyMap<string, T>): readonly [string, T][] {
  return [...from].filter(([name]) => !other.has(name));
}

function isChanged(before: Chain | undefined, after: Chain): boolean {
  return before !== undefined && !Bun.deepEquals(before.rules, after.rules);
}

function isCompatible(actual: Ruleset, desired: Ruleset): boolean {
  const sameSets = [...desired.sets].every(([name, { definition }]) => {
    const before = actual.sets.get(name);
    return before === undefined || Bun.deepEquals(before.definition, definition);
  });
  const sameHooks = [...desired.chains].every(([name, { hook }]) => {
    const before = actual.chains.get(name);
    return before === undefined || Bun.deepEquals(before.hook, hook);
  });
  return sameSets && sameHooks;
}

function diffElements(
  set: string,
  actual: NftSet | undefined,
  { definition, elements }: NftSet,
): ElementDelta {
  const before = actual?.elements;
  if (before === undefined) return { set, definition, deleted: [], added: [...elements] };
  return {
    set,
    definition,
    deleted: [...before].filter(([key, value]) => elements.get(key) !== value).map(([key]) => key),
    added: [...elements].filter(([key, value]) => before.get(key) !== value),
  };
}
