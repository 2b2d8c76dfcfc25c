import { CostExceeded } from "./cost-exceeded.ts";
import { equal } from "./equality.ts";
import { type CelValue, isError, type Result, weightOf } from "./value.ts";

/** Longer lists would only come of adding lists to themselves, over and over. */
const MAX_SIZE = 4_000_000;

export abstract class CelList {
  readonly kind = "list";
  abstract readonly size: number;
  #weight: number | undefined;

  /** How many values are in it, those in its elements included. */
  get weight(): number {
    this.#weight ??= this.weigh();
    return this.#weight;
  }

  /** `index` is within the list. */
  abstract get(index: number): Result;

  *[Symbol.iterator](): Iterator<Result> {
    for (let index = 0; index < this.size; index++) yield this.get(index);
  }

  equals(other: CelValue): Result {
    if (!isList(other) || other.size !== this.size) return false;
    for (let index = 0; index < this.size; index++) {
      if (equal(this.get(index), other.get(index)) === false) return false;
    }
    return true;
  }

  contains(value: CelValue): Result {
    for (const each of this) if (equal(value, each) === true) return true;
    return false;
  }

  /** See `weight`, which asks once. */
  protected weigh(): number {
    let sum = 1;
    for (const each of this) sum += weightOf(each);
    return sum;
  }

  concat(other: CelList): Result {
    if (this.size === 0) return other;
    if (other.size === 0) return this;
    if (this.size + other.size > MAX_SIZE) throw new CostExceeded();
    return new JoinedList(this, other);
  }
}

export function isList(value: unknown): value is CelList {
  return value instanceof CelList;
}

/** A list of values that are there. */
export class ValueList extends CelList {
  readonly size: number;
  /** Shared with the lists that this one was made longer from, and with those that are made longer from it. */
  readonly #values: CelValue[];

  constructor(values: readonly CelValue[], size = values.length) {
    super();
    this.#values = values as CelValue[];
    this.size = size;
  }

  get(index: number): CelValue {
    return this.#values[index] ?? null;
  }

  /** Loops make lists one element longer at a time, which must not copy all others. */
  override concat(other: CelList): Result {
    if (other.size !== 1) return super.concat(other);
    const added = other.get(0);
    if (isError(added)) return added;
    const isLongest = this.#values.length === this.size;
    const values = isLongest ? this.#values : this.#values.slice(0, this.size);
    values.push(added);
    return new ValueList(values, this.size + 1);
  }
}

/** A list of the results, or the first that is an error. */
export function listOf(results: Iterable<Result>): Result {
  const values: CelValue[] = [];
  for (const each of results) {
    if (isError(each)) return each;
    values.push(each);
  }
  return new ValueList(values);
}

class JoinedList extends CelList {
  readonly size: number;
  readonly #first: CelList;
  readonly #second: CelList;

  constructor(first: CelList, second: CelList) {
    super();
    this.#first = first;
    this.#second = second;
    this.size = first.size + second.size;
  }

  get(index: number): Result {
    const { size } = this.#first;
    return index < size ? this.#first.get(index) : this.#second.get(index - size);
  }

  override *[Symbol.iterator](): Iterator<Result> {
    yield* this.#first;
    yield* this.#second;
  }

  protected override weigh(): number {
    return this.#first.weight + this.#second.weight;
  }
}
