/** Which parts of an object have not changed (k8s.io/apiserver pkg/cel/common/equality.go `CorrelatedObject`). */
import { isSchema } from "#api/apiextensions/v1/schema-tree.ts";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { equalJson, isJsonObject } from "#apimachinery/json-value.ts";
import { ownValue } from "#base/own-value.ts";
import { correlatedItem } from "../correlate.ts";

/** A value with the one that it replaces. */
class CorrelatedValue {
  readonly #schema: JSONSchemaProps;
  readonly #value: unknown;
  readonly #previous: unknown;
  #isUnchanged: boolean | undefined;

  constructor(schema: JSONSchemaProps, value: unknown, previous: unknown) {
    this.#schema = schema;
    this.#value = value;
    this.#previous = previous;
  }

  get isUnchanged(): boolean {
    this.#isUnchanged ??= this.#compare();
    return this.#isUnchanged;
  }

  /** Elements with keys may have changed places; fields that the schema does not know are never the same. */
  #compare(): boolean {
    const [value, previous] = [this.#value, this.#previous];
    if (Array.isArray(value) && Array.isArray(previous)) {
      if (this.#schema["x-kubernetes-list-type"] !== "map") return equalJson(value, previous);
      return (
        value.length === previous.length && value.every((_, index) => this.index(index)?.isUnchanged ?? false)
      );
    }
    if (!isJsonObject(value) || !isJsonObject(previous)) return equalJson(value, previous);
    const names = Object.keys(value);
    return (
      names.length === Object.keys(previous).length &&
      names.every((name) => this.key(name)?.isUnchanged ?? false)
    );
  }

  key(name: string): CorrelatedValue | undefined {
    const { properties = {}, additionalProperties } = this.#schema;
    const [value, previous] = [this.#value, this.#previous];
    if (!isJsonObject(value) || !isJsonObject(previous)) return undefined;
    if (!Object.hasOwn(value, name) || !Object.hasOwn(previous, name)) return undefined;
    const schema = ownValue(properties, name) ?? additionalProperties;
    return isSchema(schema) ? new CorrelatedValue(schema, value[name], previous[name]) : undefined;
  }

  index(index: number): CorrelatedValue | undefined {
    const { items } = this.#schema;
    if (!Array.isArray(this.#value) || !isSchema(items)) return undefined;
    const value: unknown = this.#value[index];
    const previous = correlatedItem(this.#schema, value, this.#previous);
    return previous === undefined ? undefined : new CorrelatedValue(items, value, previous);
  }
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
    return new Correlation(new CorrelatedValue(schema, value, previous), undefined);
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
