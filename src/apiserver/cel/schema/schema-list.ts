import { isJsonObject } from "#apimachinery/json-value.ts";
import { equal } from "../values/equality.ts";
import { CelList, isList } from "../values/list.ts";
import { CelError, type CelValue, isError, NO_SUCH_OVERLOAD, type Result } from "../values/value.ts";
import { type RawSource, rawOf, weightOfJson } from "./raw-value.ts";
import type { StructuralSchema } from "./structural-schema.ts";

/** How the elements of a list become values. */
export interface ItemSource extends RawSource {
  readonly items: StructuralSchema;
}

/** A list of JSON values. */
abstract class SchemaList extends CelList {
  readonly raw: readonly unknown[];
  protected readonly source: ItemSource;

  constructor(raw: readonly unknown[], source: ItemSource) {
    super();
    this.raw = raw;
    this.source = source;
  }

  get size(): number {
    return this.raw.length;
  }

  get(index: number): Result {
    return this.source.toValue(this.raw[index], this.source.items);
  }

  override contains(value: CelValue): Result {
    let problem: CelError | undefined;
    for (const each of this) {
      const result = equal(each, value);
      if (result === true) return true;
      if (isError(result)) problem ??= result;
    }
    return problem ?? false;
  }

  protected override weigh(): number {
    return weightOfJson(this.raw);
  }

  /** The JSON values of another list. */
  protected rawOf(other: CelList): unknown[] | CelError {
    const values: unknown[] = [];
    for (const each of other) {
      if (isError(each)) return each;
      values.push(rawOf(each));
    }
    return values;
  }
}

/** A list whose elements are told apart by their places. */
export class PlainList extends SchemaList {
  override equals(other: CelValue): Result {
    if (!isList(other)) return NO_SUCH_OVERLOAD;
    if (this.size !== other.size) return false;
    for (let index = 0; index < this.size; index++) {
      const result = equal(this.get(index), other.get(index));
      if (result !== true) return result;
    }
    return true;
  }
}

/** A list without repetitions, in which the order does not matter. */
export class SetList extends SchemaList {
  override equals(other: CelValue): Result {
    if (!isList(other)) return NO_SUCH_OVERLOAD;
    if (this.size !== other.size) return false;
    const values = this.rawOf(other);
    if (values instanceof CelError) return values;
    const own = new Set(this.raw);
    return values.every((each) => own.has(each));
  }

  /** The elements of both, those of this one first. */
  override concat(other: CelList): Result {
    const values = this.rawOf(other);
    return values instanceof CelError
      ? values
      : new SetList([...new Set([...this.raw, ...values])], this.source);
  }
}

/** A list of objects that are told apart by some of their fields, in which the order does not matter. */
export class KeyedList extends SchemaList {
  readonly #keys: readonly string[];
  #byKey: ReadonlyMap<string, unknown> | undefined;

  constructor(raw: readonly unknown[], source: ItemSource, keys: readonly string[]) {
    super(raw, source);
    this.#keys = keys;
  }

  override equals(other: CelValue): Result {
    if (!isList(other)) return NO_SUCH_OVERLOAD;
    if (this.size !== other.size) return false;
    this.#byKey ??= new Map(this.raw.map((each) => [this.#keyOf(each), each]));
    for (const each of other) {
      if (isError(each)) return each;
      const own = this.#byKey.get(this.#keyOf(rawOf(each)));
      if (own === undefined) return false;
      const result = equal(this.source.toValue(own, this.source.items), each);
      if (result !== true) return result;
    }
    return true;
  }

  /** The elements of this list, each replaced by the one of the other with the same key, and then all others. */
  override concat(other: CelList): Result {
    const values = this.rawOf(other);
    if (values instanceof CelError) return values;
    const merged = new Map(this.raw.map((each) => [this.#keyOf(each), each]));
    for (const each of values) merged.set(this.#keyOf(each), each);
    return new KeyedList([...merged.values()], this.source, this.#keys);
  }

  #keyOf(element: unknown): string {
    const object = isJsonObject(element) ? element : {};
    return JSON.stringify(this.#keys.map((key) => object[key] ?? null));
  }
}
