/** Objects of any built-in kind, with values that are hard to write in some format. */
import { setField } from "#apimachinery/json-value.ts";
import { isScalarSchema, type ObjectSchema, type ScalarType, type Schema } from "#apimachinery/schema.ts";

export interface KindValuesOptions {
  /** A number from 0 up to but not including 1. */
  readonly random: () => number;
  /** How many of the fields are set, from 0 to 1. */
  readonly density: number;
}

/** Objects inside each other that still have fields. */
const MAX_DEPTH = 8;

const MAX_MEMBERS = 3;

/** Kinds that contain themselves would grow without end. */
const MAX_FIELDS = 2000;

const TEXTS = ["", "a", "v1", "ä€\u{10348}", 'say "\\"\n\t\u0001', "x".repeat(130), "\u2028</script>"];
const KEYS = ["a", "b.c/d", "__proto__", "constructor", 'k"ey', "ü", "\uffff", "\u{10348}", ""];

const SCALARS: Readonly<Record<ScalarType, readonly unknown[]>> = {
  string: TEXTS,
  boolean: [true, false],
  int32: [0, 1, 127, 128, 16_384, -1, 2 ** 31 - 1, -(2 ** 31)],
  int64: [0, 300, 2 ** 32, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
  number: [0, 1, -2.5, 0.1, 1e300, 5e-324],
  bytes: ["", "AAE=", "/+8=", Buffer.alloc(200, 7).toString("base64")],
  time: [
    null,
    "1970-01-01T00:00:00Z",
    "2026-02-28T23:59:59Z",
    "0001-01-02T00:00:00Z",
    "9999-12-31T23:59:59Z",
  ],
  microTime: [
    null,
    "1970-01-01T00:00:00.000000Z",
    "2026-01-31T09:00:00.000001Z",
    "1969-12-31T23:59:59.999999Z",
  ],
  duration: ["0s", "1m30s", "-1.5s"],
  quantity: ["0", "1", "500m", "1Gi", "1n", "-1", "12e6"],
  intOrString: [0, 80, -1, 2 ** 31 - 1, "", "http", "25%"],
};

const ANYTHING: readonly unknown[] = [
  "text",
  1,
  -0.5,
  true,
  [],
  [null, { a: [1] }],
  { b: null, 'k"': "ä\\" },
  {},
];

/** A value of a kind's schema. The same numbers make the same object. */
export function kindObject(schema: ObjectSchema, options: KindValuesOptions): Record<string, unknown> {
  return new ValueMaker(options).object(schema, 0);
}

class ValueMaker {
  readonly #random: () => number;
  readonly #density: number;
  #fields = 0;

  constructor({ random, density }: KindValuesOptions) {
    this.#random = random;
    this.#density = density;
  }

  object({ fields }: ObjectSchema, depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    if (depth === MAX_DEPTH) return object;
    for (const { name, schema, protoNumber } of fields.values()) {
      // The kind of an object is told beside it.
      const isTypeMeta = protoNumber === undefined;
      if (isTypeMeta || this.#fields === MAX_FIELDS || this.#random() >= this.#density) continue;
      this.#fields += 1;
      object[name] = this.#value(schema, depth + 1);
    }
    return object;
  }

  #value(schema: Schema, depth: number): unknown {
    if (isScalarSchema(schema)) {
      return this.#oneOf(schema.enum === undefined ? SCALARS[schema.type] : ["", ...schema.enum]);
    }
    switch (schema.type) {
      case "object":
        return this.object(schema, depth);
      case "map":
        return this.#map(schema.values, depth);
      case "list":
        return Array.from({ length: this.#count(depth) }, () => this.#value(schema.items, depth));
      case "any":
        return this.#oneOf(ANYTHING);
      case "alternatives":
        return this.#alternative(schema.of, depth);
    }
  }

  /** Upstream takes an empty list among alternatives for none of them. */
  #alternative(of: readonly Schema[], depth: number): unknown {
    const value = this.#value(this.#oneOf(of), depth);
    return Array.isArray(value) && value.length === 0
      ? this.#value(this.#oneOf(of.slice(0, 1)), depth)
      : value;
  }

  #map(values: Schema, depth: number): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    for (let count = this.#count(depth); count > 0; count -= 1) {
      setField(map, this.#oneOf(KEYS), this.#value(values, depth));
    }
    return map;
  }

  #count(depth: number): number {
    return depth === MAX_DEPTH ? 0 : Math.floor(this.#random() * (MAX_MEMBERS + 1));
  }

  #oneOf<T>(values: readonly T[]): T {
    const value = values[Math.floor(this.#random() * values.length)];
    if (value === undefined) throw new RangeError("There is nothing to choose from");
    return value;
  }
}
