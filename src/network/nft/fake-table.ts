import type { Expression } from "./expression.ts";
import { NftError } from "./nft-error.ts";
import type { ByteString, Chain, NftSet, Ruleset, SetDefinition, TableName } from "./ruleset.ts";
import type { NftOperation } from "./transaction.ts";

type Operation<T extends NftOperation["type"]> = Extract<NftOperation, { readonly type: T }>;

/** A table of `FakeNft`, with the kernel's rules about what may be done to it. */
export class FakeTable {
  readonly #table: TableName;
  readonly #sets: Map<string, NftSet>;
  readonly #chains: Map<string, Chain>;
  /** For each dynamic set the elements that packets left, with the time in ms at which they expire. */
  readonly #dynamic: Map<string, Map<ByteString, number>>;

  constructor(table: TableName, sets = new Map(), chains = new Map(), dynamic = new Map()) {
    this.#table = table;
    this.#sets = sets;
    this.#chains = chains;
    this.#dynamic = dynamic;
  }

  static missing(what: string, operation: NftOperation): NftError {
    return stale(`There is no such ${what}`, operation);
  }

  /** A copy for a transaction to work on. What packets left in dynamic sets is shared. */
  copy(): FakeTable {
    const sets = new Map(
      [...this.#sets].map(([name, set]) => [name, { ...set, elements: new Map(set.elements) }]),
    );
    return new FakeTable(this.#table, sets, new Map(this.#chains), new Map(this.#dynamic));
  }

  ruleset(): Ruleset {
    return { table: this.#table, sets: this.#sets, chains: this.#chains };
  }

  definition(set: string): SetDefinition | undefined {
    return this.#sets.get(set)?.definition;
  }

  lookup(set: string, key: ByteString, now: number): ByteString | undefined {
    const expiry = this.#dynamic.get(set)?.get(key);
    if (expiry !== undefined && expiry > now) return "";
    return this.#sets.get(set)?.elements.get(key);
  }

  /** Puts an element into a dynamic set. */
  update(set: string, key: ByteString, expiresAt: number): void {
    this.#dynamic.get(set)?.set(key, expiresAt);
  }

  change(operation: Exclude<NftOperation, { readonly type: "addTable" | "deleteTable" }>): void {
    switch (operation.type) {
      case "addSet":
        return this.#addSet(operation);
      case "deleteSet":
        return this.#deleteSet(operation);
      case "addChain":
        return this.#addChain(operation);
      case "flushChain":
        this.#chains.set(operation.chain, { ...this.#chain(operation), rules: [] });
        return undefined;
      case "deleteChain":
        return this.#deleteChain(operation);
      case "addRule": {
        const chain = this.#chain(operation);
        this.#chains.set(operation.chain, { ...chain, rules: [...chain.rules, operation.rule] });
        return undefined;
      }
      case "addElements":
        return this.#addElements(operation);
      case "deleteElements":
        return this.#deleteElements(operation);
    }
  }

  /** The kernel resolves names when it sees them, the fake at the end: a planner must not rely on the difference. */
  check(): void {
    const targets = [...this.#chains.values()].flatMap(({ rules }) =>
      rules.flatMap(({ expressions }) => expressions),
    );
    for (const expression of targets) this.#checkExpression(expression);
    for (const { definition, elements } of this.#sets.values()) {
      if (definition.value === "verdict")
        for (const verdict of elements.values()) this.#checkVerdict(verdict);
    }
  }

  #addSet(operation: Operation<"addSet">): void {
    if (this.#sets.has(operation.set)) throw stale("The set exists", operation);
    this.#sets.set(operation.set, { definition: operation.definition, elements: new Map() });
    if (operation.definition.dynamic === true) this.#dynamic.set(operation.set, new Map());
  }

  #deleteSet(operation: Operation<"deleteSet">): void {
    if (!this.#sets.delete(operation.set)) throw FakeTable.missing("set", operation);
    this.#dynamic.delete(operation.set);
  }

  #addChain(operation: Operation<"addChain">): void {
    const { chain, hook } = operation;
    const present = this.#chains.get(chain);
    if (present === undefined) this.#chains.set(chain, { ...(hook !== undefined && { hook }), rules: [] });
    else if (!Bun.deepEquals(present.hook, hook))
      throw stale("The chain exists with another hook", operation);
  }

  #deleteChain(operation: Operation<"deleteChain">): void {
    if (this.#chain(operation).rules.length > 0) throw stale("The chain has rules", operation);
    this.#chains.delete(operation.chain);
  }

  #addElements(operation: Operation<"addElements">): void {
    const elements = this.#elements(operation);
    for (const [key, value] of operation.elements) {
      const present = elements.get(key);
      if (present !== undefined && present !== value) throw stale("The element has another value", operation);
      elements.set(key, value);
    }
  }

  #deleteElements(operation: Operation<"deleteElements">): void {
    const elements = this.#elements(operation);
    for (const key of operation.keys) {
      if (!elements.delete(key)) throw FakeTable.missing("element", operation);
    }
  }

  #chain(operation: NftOperation & { readonly chain: string }): Chain {
    const chain = this.#chains.get(operation.chain);
    if (chain === undefined) throw FakeTable.missing("chain", operation);
    return chain;
  }

  #elements(operation: NftOperation & { readonly set: string }): Map<ByteString, ByteString> {
    const set = this.#sets.get(operation.set);
    if (set === undefined) throw FakeTable.missing("set", operation);
    // `copy` made this map for this transaction alone.
    return set.elements as Map<ByteString, ByteString>;
  }

  #checkExpression(expression: Expression): void {
    if ("set" in expression && !this.#sets.has(expression.set))
      throw stale(`There is no set "${expression.set}"`);
    if (expression.type === "verdict") this.#checkVerdict(expression.verdict);
  }

  #checkVerdict(verdict: string): void {
    const [, chain] = verdict.split(" ");
    if (chain !== undefined && !this.#chains.has(chain)) throw stale(`There is no chain "${chain}"`);
  }
}

function stale(message: string, operation?: NftOperation): NftError {
  return new NftError({ code: "stale", operation }, message);
}
