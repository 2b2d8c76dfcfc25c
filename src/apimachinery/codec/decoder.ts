import { equalJson, isJsonObject, type JsonObject, setField } from "../json-value.ts";
import {
  type AlternativesSchema,
  type Field,
  isScalarSchema,
  type ListSchema,
  type MapSchema,
  type ObjectSchema,
  type Schema,
} from "../schema.ts";
import { fieldOf, knownIfSame, knownListIfSame, listOf } from "./known-value.ts";
import { checkDepth, MAX_DEPTH, tooDeep } from "./parse-json.ts";
import { scalarDecoders, TypeMismatch } from "./scalars.ts";
import { EMPTY_LIST, EMPTY_MAP, isAlwaysWritten, isStruct, zeroValue } from "./zero.ts";

/** What one decoding run finds out besides its result. */
export interface DecodeState {
  /** How many objects are being decoded inside each other. */
  depth: number;
  /** Whether an object had a field that its schema does not declare. */
  hasUnknownFields: boolean;
}

/**
 * Normalises a JSON value other than null. Throws as the scalar decoders do, without saying where. `known` is what is
 * in the same place of an object that was decoded before: it comes back itself where nothing is different.
 */
export type Decoder = (value: unknown, state: DecodeState, known?: unknown) => unknown;

/** Makes decoders of schemas, each schema's once, and an object's only when one is decoded. */
export class DecoderCompiler {
  readonly #compiled = new WeakMap<Schema, Decoder>();

  compile(schema: Schema): Decoder {
    const known = this.#compiled.get(schema);
    if (known !== undefined) return known;
    const decoder = this.#build(schema);
    this.#compiled.set(schema, decoder);
    return decoder;
  }

  #build(schema: Schema): Decoder {
    if (isScalarSchema(schema)) return schema.lenient === true ? decodeAny : scalarDecoders[schema.type];
    switch (schema.type) {
      case "object":
        return schema.lenient === true ? this.#lenientObject(schema) : this.#object(schema);
      case "map":
        return schema.lenient === true ? this.#lenientMap(schema) : this.#map(schema);
      case "list":
        return schema.lenient === true ? this.#lenientList(schema) : this.#list(schema);
      case "any":
        return decodeAny;
      case "alternatives":
        return this.#alternatives(schema);
    }
  }

  #object(schema: ObjectSchema): Decoder {
    let plan: readonly FieldPlan[] | undefined;
    return (value, state, known) => {
      plan ??= [...schema.fields.values()].map((field) => this.#planField(field));
      return decodeObject(value, { plan, schema }, state, known);
    };
  }

  /** Drops unknown fields as upstream prunes a custom resource, and leaves everything else as it is. */
  #lenientObject(schema: ObjectSchema): Decoder {
    const always = [...schema.fields.values()].filter(isAlwaysWritten);
    const isEmptied = schema.fields.size === 0 && schema.unknownFields === "drop";
    return (value, state, known) => {
      // Where nothing is known, nothing is known of the elements of lists either.
      if (isEmptied && Array.isArray(value)) return this.#lenientElements(value, schema, state, known);
      if (!isJsonObject(value)) return decodeAny(value, state);
      if (++state.depth > MAX_DEPTH) throw tooDeep();
      const result: Record<string, unknown> = {};
      for (const [key, each] of Object.entries(value)) {
        const field = schema.fields.get(key);
        if (each === undefined) continue;
        if (field === undefined && schema.unknownFields === "drop") state.hasUnknownFields = true;
        else {
          const below = field?.schema ?? schema.unknownValues;
          setField(result, key, this.#lenientValue(below, each, state, fieldOf(known, key)));
        }
      }
      for (const field of always) result[field.name] ??= zeroValue(field.schema);
      state.depth--;
      return knownIfSame(result, known);
    };
  }

  #lenientMap({ values }: MapSchema): Decoder {
    return (value, state, known) => {
      if (!isJsonObject(value)) return decodeAny(value, state);
      if (++state.depth > MAX_DEPTH) throw tooDeep();
      const result: Record<string, unknown> = {};
      for (const [key, each] of Object.entries(value)) {
        if (each === undefined) continue;
        setField(result, key, this.#lenientValue(values, each, state, fieldOf(known, key)));
      }
      state.depth--;
      return knownIfSame(result, known);
    };
  }

  #lenientList({ items }: ListSchema): Decoder {
    return (value, state, known) =>
      Array.isArray(value) ? this.#lenientElements(value, items, state, known) : decodeAny(value, state);
  }

  #lenientElements(
    list: readonly unknown[],
    items: Schema,
    state: DecodeState,
    known: unknown,
  ): readonly unknown[] {
    const former = listOf(known);
    const result = list.map((each, index) => this.#lenientValue(items, each ?? null, state, former[index]));
    return knownListIfSame(result, former);
  }

  #lenientValue(schema: Schema | undefined, value: unknown, state: DecodeState, known: unknown): unknown {
    if (value === known || value === null) return value;
    return schema === undefined ? decodeAny(value, state, known) : this.compile(schema)(value, state, known);
  }

  #planField(field: Field): FieldPlan {
    const { name, schema, presence } = field;
    return {
      name,
      decode: this.compile(schema),
      ...(isAlwaysWritten(field) && { zero: zeroValue(schema) }),
      dropsEmpty: presence === "nonEmpty" && !isStruct(schema),
      dropsNull: presence === "whenSet",
      isInherited: name in Object.prototype,
    };
  }

  #map({ values }: MapSchema): Decoder {
    const decode = this.compile(values);
    const zero = zeroValue(values);
    return (value, state, known) => {
      const result: Record<string, unknown> = {};
      let isEmpty = true;
      for (const [key, each] of Object.entries(objectOf(value))) {
        if (each === undefined) continue;
        isEmpty = false;
        const former = fieldOf(known, key);
        const isKnown = each === former && each !== null;
        setField(result, key, isKnown ? former : each === null ? zero : decode(each, state, former));
      }
      return isEmpty ? EMPTY_MAP : knownIfSame(result, known);
    };
  }

  #list({ items }: ListSchema): Decoder {
    const decode = this.compile(items);
    const zero = zeroValue(items);
    return (value, state, known) => {
      if (!Array.isArray(value)) throw new TypeMismatch();
      if (value.length === 0) return EMPTY_LIST;
      const former = listOf(known);
      const result = value.map((each: unknown, index) => {
        if (each === null || each === undefined) return zero;
        return each === former[index] ? each : decode(each, state, former[index]);
      });
      return knownListIfSame(result, former);
    };
  }

  /** Each of the shapes has a JSON type of its own. */
  #alternatives({ of }: AlternativesSchema): Decoder {
    const decoders = of.map((schema) => ({ jsonType: jsonTypeOf(schema), decode: this.compile(schema) }));
    return (value, state, known) => {
      const type = Array.isArray(value) ? "array" : typeof value;
      const match = decoders.find(({ jsonType }) => jsonType === type);
      if (match === undefined) throw new TypeMismatch();
      return match.decode(value, state, known);
    };
  }
}

export function newState(): DecodeState {
  return { depth: 0, hasUnknownFields: false };
}

interface FieldPlan {
  readonly name: string;
  readonly decode: Decoder;
  /** Written for an absent value. */
  readonly zero?: unknown;
  readonly dropsEmpty: boolean;
  readonly dropsNull: boolean;
  /** Every object inherits a property of that name. */
  readonly isInherited: boolean;
}

interface ObjectPlan {
  readonly plan: readonly FieldPlan[];
  readonly schema: ObjectSchema;
}

function decodeObject(
  value: unknown,
  { plan, schema }: ObjectPlan,
  state: DecodeState,
  known: unknown,
): JsonObject {
  const input = objectOf(value);
  const former = isJsonObject(known) ? known : undefined;
  if (++state.depth > MAX_DEPTH) throw tooDeep();
  const result: Record<string, unknown> = {};
  let found = 0;
  for (const field of plan) {
    const raw = fieldIn(input, field);
    if (raw !== undefined) found++;
    const decoded = decodeField(field, raw, state, former && fieldIn(former, field));
    if (decoded !== undefined) result[field.name] = decoded;
  }
  if (found !== countKeys(input)) addUnknown(input, result, schema, state);
  state.depth--;
  return former === undefined ? result : knownIfSame(result, former);
}

/** Undefined for a field that is not written. */
function decodeField(field: FieldPlan, raw: unknown, state: DecodeState, known: unknown): unknown {
  if (raw === undefined || raw === null) return knownIfEqual(field.zero, known);
  if (raw === known) return known;
  const decoded = field.decode(raw, state, known);
  if (field.dropsEmpty && isEmpty(decoded)) return undefined;
  if (decoded === null && field.dropsNull) return undefined;
  return decoded === EMPTY_LIST || decoded === EMPTY_MAP ? knownIfEqual(decoded, known) : decoded;
}

/** For values that everybody shares: an object that was stored has its own. */
function knownIfEqual(shared: unknown, known: unknown): unknown {
  return known !== undefined && equalJson(shared, known) ? known : shared;
}

function fieldIn(object: JsonObject, { name, isInherited }: FieldPlan): unknown {
  return isInherited && !Object.hasOwn(object, name) ? undefined : object[name];
}

function isEmpty(value: unknown): boolean {
  return value === "" || value === 0 || value === false || value === EMPTY_LIST || value === EMPTY_MAP;
}

function addUnknown(
  input: JsonObject,
  result: Record<string, unknown>,
  { fields, unknownFields }: ObjectSchema,
  state: DecodeState,
): void {
  for (const [key, value] of Object.entries(input)) {
    if (value === undefined || fields.has(key)) continue;
    if (unknownFields === "drop") state.hasUnknownFields = true;
    else setField(result, key, decodeAny(value, state));
  }
}

function decodeAny(value: unknown, { depth }: DecodeState, known?: unknown): unknown {
  if (known !== undefined && equalJson(value, known)) return known;
  checkDepth(value, MAX_DEPTH - depth);
  return value;
}

function objectOf(value: unknown): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new TypeMismatch();
  return value as JsonObject;
}

function countKeys(object: JsonObject): number {
  let count = 0;
  for (const _ in object) count++;
  return count;
}

function jsonTypeOf({ type }: Schema): string {
  if (type === "list") return "array";
  return type === "boolean" || type === "string" ? type : "object";
}
