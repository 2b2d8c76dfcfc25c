import { equalJson, type JsonObject } from "#apimachinery/json-value.ts";
import { equal } from "../values/equality.ts";
import { CelMap, isMap } from "../values/map.ts";
import { type CelValue, NO_SUCH_OVERLOAD, type Result } from "../values/value.ts";
import { escapeName, unescapeName } from "./field-names.ts";
import { type RawSource, weightOfJson } from "./raw-value.ts";
import type { StructuralSchema } from "./structural-schema.ts";

interface MapSource extends RawSource {
  /** Whether the keys are fields, whose names are escaped. */
  readonly isObject: boolean;
}

/** An object or map of JSON values. What its schema does not know is there, but cannot be seen. */
export class SchemaMap extends CelMap {
  readonly raw: JsonObject;
  readonly #schemaOf: (name: string) => StructuralSchema | undefined;
  readonly #source: MapSource;
  #size: number | undefined;

  constructor(raw: JsonObject, schemaOf: (name: string) => StructuralSchema | undefined, source: MapSource) {
    super();
    this.raw = raw;
    this.#schemaOf = schemaOf;
    this.#source = source;
  }

  get size(): number {
    this.#size ??= Object.keys(this.raw).length;
    return this.#size;
  }

  find(key: CelValue): Result | undefined {
    if (typeof key !== "string") return NO_SUCH_OVERLOAD;
    const name = this.#source.isObject ? unescapeName(key) : key;
    if (name === undefined || !Object.hasOwn(this.raw, name)) return undefined;
    const value = this.raw[name];
    // A field of an object that is null is not there.
    if (this.#source.isObject && value === null) return undefined;
    const schema = this.#schemaOf(name);
    return schema && this.#source.toValue(value, schema);
  }

  *keys(): Iterable<CelValue> {
    for (const name of Object.keys(this.raw)) {
      if (this.#schemaOf(name) !== undefined) yield this.#source.isObject ? (escapeName(name) ?? name) : name;
    }
  }

  override equals(other: CelValue): Result {
    if (!isMap(other)) return NO_SUCH_OVERLOAD;
    if (this.size !== other.size) return false;
    for (const name of Object.keys(this.raw)) {
      const result =
        this.#schemaOf(name) === undefined ? this.#equalUnseen(name, other) : this.#equalAt(name, other);
      if (result !== true) return result;
    }
    return true;
  }

  #equalAt(name: string, other: CelMap): Result {
    const [own, theirs] = [this.find(name), other.find(name)];
    if (own === undefined || theirs === undefined) return own === theirs;
    return equal(own, theirs);
  }

  #equalUnseen(name: string, other: CelMap): Result {
    if (!(other instanceof SchemaMap)) return NO_SUCH_OVERLOAD;
    return !Object.hasOwn(other.raw, name) || equalJson(this.raw[name], other.raw[name]);
  }

  protected override weigh(): number {
    return weightOfJson(this.raw);
  }
}
