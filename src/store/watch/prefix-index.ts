/**
 * Finds the prefixes of a key among many: one look-up for each distinct length of prefix, instead of one test
 * for each prefix. Watches use few lengths (one for each kind and namespace), whatever their number.
 */
export class PrefixIndex<T> {
  readonly #byPrefix = new Map<string, T>();
  /** How many prefixes have each length. */
  readonly #lengths = new Map<number, number>();

  get(prefix: string): T | undefined {
    return this.#byPrefix.get(prefix);
  }

  set(prefix: string, value: T): void {
    if (!this.#byPrefix.has(prefix)) this.#count(prefix.length, 1);
    this.#byPrefix.set(prefix, value);
  }

  delete(prefix: string): void {
    if (this.#byPrefix.delete(prefix)) this.#count(prefix.length, -1);
  }

  values(): IterableIterator<T> {
    return this.#byPrefix.values();
  }

  /** The values of all prefixes that `key` starts with, in no particular order. */
  matching(key: string): T[] {
    const found: T[] = [];
    for (const length of this.#lengths.keys()) {
      const value = length <= key.length ? this.#byPrefix.get(key.slice(0, length)) : undefined;
      if (value !== undefined) found.push(value);
    }
    return found;
  }

  #count(length: number, by: number): void {
    const count = (this.#lengths.get(length) ?? 0) + by;
    if (count === 0) this.#lengths.delete(length);
    else this.#lengths.set(length, count);
  }
}
