import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { isJsonObject } from "#apimachinery/json-value.ts";
import { correlatedElement, correlatedField, isUnchanged, type Previous } from "../correlate.ts";

/** A value with what it replaces. */
class CorrelatedValue {
  readonly #value: unknown;
  readonly #previous: Previous;
  #isUnchanged: boolean | undefined;

  constructor(value: unknown, previous: Previous) {
    this.#value = value;
    this.#previous = previous;
  }

  /** Compared once, however many rules ask. */
  get isUnchanged(): boolean {
    this.#isUnchanged ??= isUnchanged(this.#value, this.#previous);
    return this.#isUnchanged;
  }

  key(name: string): CorrelatedValue | undefined {
    if (!isJsonObject(this.#value)) return undefined;
    return correlated(this.#value[name], correlatedField(this.#previous, name));
  }

  index(index: number): CorrelatedValue | undefined {
    if (!Array.isArray(this.#value)) return undefined;
    const item: unknown = this.#value[index];
    return correlated(item, correlatedElement(this.#previous, item));
  }
}

function correlated(value: unknown, previous: Previous | undefined): CorrelatedValue | undefined {
  return previous && new CorrelatedValue(value, previous);
}

/**
 * Where validation is in an object that replaces another one. What was there before is let pass, even if it breaks a
 * rule that has come later.
 */
export class Correlation {
  readonly #current: CorrelatedValue | undefined;
  /** The next one outwards that can be compared; undefined for the whole object. */
  readonly #outer: CorrelatedValue | undefined;

  private constructor(current: CorrelatedValue | undefined, outer: CorrelatedValue | undefined) {
    this.#current = current;
    this.#outer = outer;
  }

  /** Nothing has been there before. */
  static readonly NONE = new Correlation(undefined, undefined);

  static of(schema: JSONSchemaProps, value: unknown, previous: unknown): Correlation {
    return new Correlation(new CorrelatedValue(value, { schema, value: previous }), undefined);
  }

  get isUnchanged(): boolean {
    return (this.#current ?? this.#outer)?.isUnchanged ?? false;
  }

  key(name: string): Correlation {
    if (this.#current === undefined) return this;
    // Both objects have been converted to the same version.
    if (this.#outer === undefined && (name === "apiVersion" || name === "kind")) return Correlation.NONE;
    return new Correlation(this.#current.key(name), this.#current);
  }

  index(index: number): Correlation {
    return this.#current === undefined ? this : new Correlation(this.#current.index(index), this.#current);
  }

  /** What `allOf` says is compared with what is around. */
  get outer(): Correlation {
    return new Correlation(undefined, this.#outer);
  }
}
