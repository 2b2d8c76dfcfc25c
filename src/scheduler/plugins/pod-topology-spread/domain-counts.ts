/**
 * How many pods are in each domain of a topology, such as a zone, by the value of the label. With a change it is
 * another value; what it shares with the first makes that cheap.
 */
export class DomainCounts {
  readonly #base: ReadonlyMap<string, number>;
  /** The two domains of the base with the fewest pods. */
  readonly #lowest: readonly (readonly [domain: string, count: number])[];
  /** What was added to the base, by domain. */
  readonly #added: ReadonlyMap<string, number>;
  #minimum: number | undefined;

  private constructor(
    base: ReadonlyMap<string, number>,
    lowest: readonly (readonly [string, number])[],
    added: ReadonlyMap<string, number>,
  ) {
    this.#base = base;
    this.#lowest = lowest;
    this.#added = added;
  }

  static of(counts: ReadonlyMap<string, number>): DomainCounts {
    return new DomainCounts(counts, twoLowest(counts), new Map());
  }

  /** How many domains there are. */
  get size(): number {
    return this.#base.size;
  }

  /** The fewest pods that a domain has; infinite without domains. Every node is compared with it. */
  get minimum(): number {
    this.#minimum ??= this.#findMinimum();
    return this.#minimum;
  }

  get(domain: string): number {
    return (this.#base.get(domain) ?? 0) + (this.#added.get(domain) ?? 0);
  }

  with(domain: string, amount: 1 | -1): DomainCounts {
    const added = new Map(this.#added).set(domain, (this.#added.get(domain) ?? 0) + amount);
    return new DomainCounts(this.#base, this.#lowest, added);
  }

  #findMinimum(): number {
    const changed = [...this.#added.keys()];
    // Of the two lowest domains one is unchanged unless both have been changed, which a change of one node cannot do.
    const unchanged = changed.length > 1 ? [...this.#base] : this.#lowest;
    const counts = unchanged.filter(([domain]) => !this.#added.has(domain)).map(([, count]) => count);
    return [...counts, ...changed.map((domain) => this.get(domain))].reduce(
      (a, b) => Math.min(a, b),
      Number.POSITIVE_INFINITY,
    );
  }
}

function twoLowest(counts: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  const lowest: (readonly [string, number])[] = [];
  for (const entry of counts) {
    const position = lowest.findIndex(([, count]) => entry[1] < count);
    if (position >= 0) lowest.splice(position, 0, entry);
    else lowest.push(entry);
    lowest.splice(2);
  }
  return lowest;
}
