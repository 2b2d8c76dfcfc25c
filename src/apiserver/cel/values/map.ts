import type { CelType } from "../types/type.ts";
import { equal } from "./equality.ts";
import { Uint } from "./uint.ts";
import { CelError, type CelValue, isError, type Result, weightOf } from "./value.ts";

export abstract class CelMap {
  readonly kind = "map";
  /** Of objects, which are no maps to those who ask for their type. */
  readonly type?: CelType;
  abstract readonly size: number;
  #weight: number | undefined;

  /** How many values are in it, those in its values included. */
  get weight(): number {
    this.#weight ??= this.weigh();
    return this.#weight;
  }

  /** Undefined where there is no such key. */
  abstract find(key: CelValue): Result | undefined;

  abstract keys(): Iterable<CelValue>;

  equals(other: CelValue): Result {
    if (!isMap(other) || other.size !== this.size) return false;
    for (const key of this.keys()) {
      const value = this.find(key);
      const theirs = other.find(key);
      if (theirs === undefined) return false;
      if (value !== undefined && equal(value, theirs) === false) return false;
    }
    return true;
  }

  /** See `weight`, which asks once. */
  protected weigh(): number {
    let sum = 1;
    for (const key of this.keys()) sum += weightOf(key) + weightOf(this.find(key));
    return sum;
  }
}

export function isMap(value: unknown): value is CelMap {
  return value instanceof CelMap;
}

interface Entry {
  readonly key: CelValue;
  readonly value: CelValue;
  /** How many entries were there before. */
  readonly index: number;
}

/** A map of values that are there. */
export class ValueMap extends CelMap {
  readonly size: number;
  /** Shared like the values of a `ValueList`: entries from `size` on belong to longer maps. */
  readonly #entries: Map<string, Entry>;

  constructor(entries: Map<string, Entry> = new Map(), size = entries.size) {
    super();
    this.#entries = entries;
    this.size = size;
  }

  find(key: CelValue): CelValue | undefined {
    const id = keyId(key);
    const entry = id === undefined ? undefined : this.#entries.get(id);
    return entry !== undefined && entry.index < this.size ? entry.value : undefined;
  }

  *keys(): Iterable<CelValue> {
    for (const { key, index } of this.#entries.values()) if (index < this.size) yield key;
  }

  /** The map with one entry more; keys are there once. */
  insert(key: CelValue, value: CelValue): Result {
    const id = keyId(key);
    if (id === undefined) return new CelError("unsupported key type");
    if (this.find(key) !== undefined)
      return new CelError(`insert failed: key ${keyText(key)} already exists`);
    const isLongest = this.#entries.size === this.size;
    const entries = isLongest
      ? this.#entries
      : new Map([...this.#entries].filter(([, { index }]) => index < this.size));
    entries.set(id, { key, value, index: this.size });
    return new ValueMap(entries, this.size + 1);
  }
}

/** A map of entries; of those with the same key, the last one counts. */
export function mapOf(entries: Iterable<readonly [CelValue, CelValue]>): Result {
  const found = new Map<string, Entry>();
  for (const [key, value] of entries) {
    const id = keyId(key);
    if (id === undefined) return new CelError("unsupported key type");
    found.set(id, { key, value, index: found.get(id)?.index ?? found.size });
  }
  return new ValueMap(found);
}

/** Adds an entry to any map, as `ValueMap.insert`. */
export function insertInto(map: CelMap, key: CelValue, value: CelValue): Result {
  if (map instanceof ValueMap) return map.insert(key, value);
  const entries: (readonly [CelValue, CelValue])[] = [];
  for (const each of map.keys()) {
    const found = map.find(each);
    if (found === undefined) continue;
    if (isError(found)) return found;
    entries.push([each, found]);
  }
  const copy = mapOf(entries);
  return copy instanceof ValueMap ? copy.insert(key, value) : copy;
}

/** Numbers of the same value are the same key. */
function keyId(key: CelValue): string | undefined {
  if (typeof key === "string") return `"${key}`;
  if (typeof key === "bigint" || typeof key === "boolean") return String(key);
  if (typeof key === "number") return Number.isInteger(key) ? String(BigInt(key)) : `.${String(key)}`;
  return key instanceof Uint ? String(key.value) : undefined;
}

function keyText(key: CelValue): string {
  return key instanceof Uint ? String(key.value) : String(key as string | bigint | boolean);
}
