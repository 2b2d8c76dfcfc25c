import { type Claimant, type ClaimChange, Claims } from "./claims.ts";
import { type ElementDelta, transactionOf } from "./delta.ts";
import type { ByteString, Chain, NftSet, Ruleset, SetDefinition, TableName } from "./ruleset.ts";
import type { NftTransaction } from "./transaction.ts";

/** What one owner (a Service, a pod, the component itself) wants to be in the table. */
export interface TablePart {
  readonly sets?: readonly NamedSet[];
  readonly chains?: readonly NamedChain[];
  readonly elements?: readonly PartElement[];
}

export type NamedSet = readonly [name: string, definition: SetDefinition];
export type NamedChain = readonly [name: string, chain: Chain];

export interface PartElement {
  readonly set: string;
  readonly key: ByteString;
  /** "" in a set without values. */
  readonly value: ByteString;
}

/**
 * The wanted content of a table as the sum of parts. Changing one part costs as much as that part is long, however
 * large the table is. Where parts disagree about an element, the part with the lower rank has its way; the other
 * one comes to the fore when that part goes.
 */
export class TableLedger {
  readonly table: TableName;
  readonly #parts = new Map<string, TablePart>();
  readonly #sets = new Claims<SetDefinition>();
  readonly #chains = new Claims<Chain>();
  readonly #elements = new Map<string, Claims<ByteString>>();
  #isTracking = false;

  constructor(table: TableName) {
    this.table = table;
  }

  /** Replaces what the owner wants; without a part it wants nothing. The order of `rank` is that of its characters. */
  set(owner: string, part: TablePart | undefined, rank = ""): void {
    const previous = this.#parts.get(owner) ?? {};
    const next = part ?? {};
    if (part === undefined) this.#parts.delete(owner);
    else this.#parts.set(owner, part);
    const claimant = { owner, rank };
    replaceClaims(this.#sets, claimant, previous.sets ?? [], next.sets ?? []);
    replaceClaims(this.#chains, claimant, previous.chains ?? [], next.chains ?? []);
    this.#replaceElements(claimant, previous.elements ?? [], next.elements ?? []);
  }

  hasChain(name: string): boolean {
    return this.#chains.get(name) !== undefined;
  }

  /** What has changed since the last call, and nothing else. The first call only begins to keep account. */
  take(): NftTransaction {
    this.#isTracking = true;
    const sets = this.#sets.takeChanges();
    const chains = this.#chains.takeChanges();
    return transactionOf(this.table, {
      addedSets: added(sets),
      deletedSets: deleted(sets),
      addedChains: added(chains),
      changedChains: changed(chains),
      emptiedChains: deleted(chains),
      elements: [...this.#elements].flatMap(([set, claims]) => this.#elementDelta(set, claims)),
    });
  }

  /** The whole content. */
  ruleset(): Ruleset {
    const sets = new Map<string, NftSet>();
    for (const [name, definition] of this.#sets) {
      sets.set(name, { definition, elements: new Map(this.#elements.get(name) ?? []) });
    }
    return { table: this.table, sets, chains: new Map(this.#chains) };
  }

  #replaceElements(claimant: Claimant, previous: readonly PartElement[], next: readonly PartElement[]): void {
    for (const { set, key, value } of next) this.#claimsOf(set).claim(key, claimant, value);
    if (previous.length === 0) return;
    const kept = new Set(next.map(({ set, key }) => `${set} ${key}`));
    for (const { set, key } of previous) {
      if (!kept.has(`${set} ${key}`)) this.#claimsOf(set).release(key, claimant.owner);
    }
  }

  #claimsOf(set: string): Claims<ByteString> {
    let claims = this.#elements.get(set);
    if (claims === undefined) {
      claims = new Claims();
      if (this.#isTracking) claims.takeChanges();
      this.#elements.set(set, claims);
    }
    return claims;
  }

  /** The elements of a set that goes go with it. */
  #elementDelta(set: string, claims: Claims<ByteString>): readonly ElementDelta[] {
    const changes = claims.takeChanges();
    const definition = this.#sets.get(set);
    if (definition === undefined || changes.length === 0) return [];
    return [
      {
        set,
        definition,
        deleted: changes.filter(({ before }) => before !== undefined).map(({ key }) => key),
        added: changes.flatMap(({ key, after }) => (after === undefined ? [] : [[key, after] as const])),
      },
    ];
  }
}

function replaceClaims<V>(
  claims: Claims<V>,
  claimant: Claimant,
  previous: readonly (readonly [string, V])[],
  next: readonly (readonly [string, V])[],
): void {
  for (const [key, value] of next) claims.claim(key, claimant, value);
  for (const [key] of previous) {
    if (!next.some(([name]) => name === key)) claims.release(key, claimant.owner);
  }
}

function added<V>(changes: readonly ClaimChange<V>[]): ReadonlyMap<string, V> {
  return new Map(
    changes.flatMap(({ key, before, after }) =>
      before === undefined && after !== undefined ? [[key, after]] : [],
    ),
  );
}

function changed<V>(changes: readonly ClaimChange<V>[]): ReadonlyMap<string, V> {
  return new Map(
    changes.flatMap(({ key, before, after }) =>
      before !== undefined && after !== undefined ? [[key, after]] : [],
    ),
  );
}

function deleted(changes: readonly ClaimChange<unknown>[]): readonly string[] {
  return changes.filter(({ after }) => after === undefined).map(({ key }) => key);
}
