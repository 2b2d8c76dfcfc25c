import { goJson } from "../go-text.ts";
import { isJsonObject } from "../json-value.ts";
import {
  type Field,
  isScalarSchema,
  type ListSchema,
  type MapSchema,
  type ObjectSchema,
  type ScalarSchema,
  type ScalarType,
  type Schema,
} from "../schema.ts";
import { fieldElement, type PathElement } from "./path-element.ts";

/** How server-side apply sees values of a schema. What a value without a schema is, it shows itself. */
export type TypedAs = Atom | AnyValue;
export type Atom = MapAtom | ListAtom | ScalarAtom;

export interface ScalarAtom {
  readonly kind: "scalar";
  readonly accepts: "numeric" | "string" | "boolean" | "any";
}

/** Has whichever of these atoms its JSON type is. */
export interface AnyValue {
  readonly kind: "any";
  readonly map: MapAtom;
  readonly list: ListAtom;
}

/** A field that a struct declares. */
export interface StructField {
  readonly element: PathElement;
  readonly type: TypedAs;
  readonly isAlwaysWritten: boolean;
}

/** A struct, a map, or an object without a schema. */
export class MapAtom {
  readonly kind = "map";
  readonly isAtomic: boolean;
  readonly #schema: ObjectSchema | MapSchema | undefined;
  #fields: ReadonlyMap<string, StructField> | undefined;
  #entries: TypedAs | undefined;

  constructor(isAtomic: boolean, schema?: ObjectSchema | MapSchema) {
    this.isAtomic = isAtomic;
    this.#schema = schema;
  }

  /** The fields of a struct; a map has none. Schemas refer to themselves, so they are looked at when they are needed. */
  get fields(): ReadonlyMap<string, StructField> {
    this.#fields ??= this.#schema?.type === "object" ? structFields(this.#schema) : NO_FIELDS;
    return this.#fields;
  }

  /** The type of an entry, declared or not; undefined where a struct has no such field. */
  typeOf(name: string): TypedAs | undefined {
    return this.fields.get(name)?.type ?? this.#typeOfEntries();
  }

  #typeOfEntries(): TypedAs | undefined {
    if (this.#schema === undefined) return ANY;
    if (this.#schema.type === "object" && this.#schema.unknownValues === undefined) {
      return this.#schema.unknownFields === "preserve" || this.#schema.open !== undefined ? ANY : undefined;
    }
    this.#entries ??= typedAs(entriesOf(this.#schema));
    return this.#entries;
  }
}

function entriesOf(schema: ObjectSchema | MapSchema): Schema {
  return schema.type === "map" ? schema.values : (schema.unknownValues ?? { type: "any" });
}

/** A key field of list elements. */
export interface ListKey {
  readonly name: string;
  /** The name as JSON. */
  readonly label: string;
  /** What an element without the field has. */
  readonly default: unknown;
}

export class ListAtom {
  readonly kind = "list";
  readonly isAtomic: boolean;
  /** As the schema lists them. None for a set. */
  readonly keyNames: readonly string[];
  readonly #schema: ListSchema;
  #keys: readonly ListKey[] | undefined;
  #items: TypedAs | undefined;

  constructor(schema: ListSchema) {
    this.isAtomic = schema.listType === "atomic";
    this.keyNames = schema.keys;
    this.#schema = schema;
  }

  /** By their names, as path elements have them. */
  get keys(): readonly ListKey[] {
    this.#keys ??= this.keyNames
      .toSorted()
      .map((name) => ({ name, label: goJson(name), default: keyDefault(this.#schema, name) }));
    return this.#keys;
  }

  get items(): TypedAs {
    this.#items ??= typedAs(this.#schema.items);
    return this.#items;
  }
}

const NO_FIELDS: ReadonlyMap<string, StructField> = new Map();

const ANY_SCALAR: ScalarAtom = { kind: "scalar", accepts: "any" };
const ANY_LIST = new ListAtom({ type: "list", items: { type: "any" }, listType: "atomic", keys: [] });
const ANY: AnyValue = { kind: "any", map: new MapAtom(false), list: ANY_LIST };
const ANY_ATOMIC: AnyValue = { kind: "any", map: new MapAtom(true), list: ANY_LIST };

const SCALARS: Readonly<Record<ScalarType, ScalarAtom>> = {
  string: { kind: "scalar", accepts: "string" },
  bytes: { kind: "scalar", accepts: "string" },
  duration: { kind: "scalar", accepts: "string" },
  boolean: { kind: "scalar", accepts: "boolean" },
  int32: { kind: "scalar", accepts: "numeric" },
  int64: { kind: "scalar", accepts: "numeric" },
  number: { kind: "scalar", accepts: "numeric" },
  time: ANY_SCALAR,
  microTime: ANY_SCALAR,
  quantity: ANY_SCALAR,
  intOrString: ANY_SCALAR,
};

/** Each schema is worked out once. */
const structures = new WeakMap<Schema, TypedAs>();

export function typedAs(schema: Schema): TypedAs {
  if (isScalarSchema(schema)) return scalarAs(schema);
  switch (schema.type) {
    case "any":
      return schema.atomic === true ? ANY_ATOMIC : ANY;
    case "alternatives":
      return ANY;
    case "object":
    case "map":
    case "list": {
      const known = structures.get(schema);
      if (known !== undefined) return known;
      const type = structureAs(schema);
      structures.set(schema, type);
      return type;
    }
  }
}

function scalarAs({ type, open }: ScalarSchema): TypedAs {
  if (open === undefined) return SCALARS[type];
  return open === "scalar" ? ANY_SCALAR : ANY;
}

function structureAs(schema: ObjectSchema | MapSchema | ListSchema): TypedAs {
  const atom = schema.type === "list" ? new ListAtom(schema) : new MapAtom(schema.atomic, schema);
  return schema.open === "value" ? { ...ANY, [atom.kind]: atom } : atom;
}

/** The atom of a value. Without a schema, lists are atomic, objects only where they are said to be. */
export function atomOf(type: TypedAs, value: unknown): Atom {
  if (type.kind !== "any") return type;
  if (Array.isArray(value)) return type.list;
  return isJsonObject(value) ? type.map : ANY_SCALAR;
}

/** The elements of names that no struct declares are few: labels, annotations, keys of data. */
export function entryElement({ fields }: MapAtom, name: string): PathElement {
  return fields.get(name)?.element ?? fieldElement(name);
}

function structFields({ fields }: ObjectSchema): ReadonlyMap<string, StructField> {
  return new Map(
    [...fields].map(([name, { schema, presence }]) => [
      name,
      { element: fieldElement(name), type: typedAs(schema), isAlwaysWritten: presence === "always" },
    ]),
  );
}

const ZEROS: Partial<Record<ScalarType, unknown>> = {
  string: "",
  int32: 0,
  int64: 0,
  number: 0,
  boolean: false,
};

/** A declared default, and for a field that Go always writes its zero value: so says Kubernetes' OpenAPI. */
function keyDefault({ items }: ListSchema, key: string): unknown {
  const field: Field | undefined = items.type === "object" ? items.fields.get(key) : undefined;
  if (field === undefined || field.default !== undefined) return field?.default;
  return field.presence === "always" && isScalarSchema(field.schema) ? ZEROS[field.schema.type] : undefined;
}
