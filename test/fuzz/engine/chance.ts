import { seededRandom } from "#testing/seeded-random.ts";

/** Choices that are the same for the same seed. */
export class Chance {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** A whole number from 0 up to but not including `limit`. */
  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  /** The same, where small numbers are likelier than large ones. */
  small(limit: number): number {
    return this.below(this.below(limit) + 1);
  }

  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(values: readonly T[]): T {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new RangeError("There is nothing to pick from");
    return value;
  }
}
