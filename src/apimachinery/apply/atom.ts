import { isJsonObject } from "../json-value.ts";
import {
  isScalarSchema,
  type ListSchema,
  type MapSchema,
  type ObjectSchema,
  type ScalarType,
  type Schema,
} from "../schema.ts";

/** How server-side apply sees a value: what schemas say, and for values without a schema what they look like. */
export type Atom = MapAtom | ListAtom | ScalarAtom;

export interface MapAtom {
  readonly kind: "map";
  readonly isAtomic: boolean;
  /** Absent for an object without a schema. */
  readonly schema?: ObjectSchema | MapSchema;
}

export interface ListAtom {
  readonly kind: "list";
  readonly isAtomic: boolean;
  readonly schema: ListSchema;
}

export interface ScalarAtom {
  readonly kind: "scalar";
  readonly accepts: "numeric" | "string" | "boolean" | "any";
}

const ANY: Schema = { type: "any" };

const ANY_SCALAR: ScalarAtom = { kind: "scalar", accepts: "any" };
const ANY_LIST: ListAtom = {
  kind: "list",
  isAtomic: true,
  schema: { type: "list", items: ANY, listType: "atomic", keys: [] },
};
const ANY_MAP: MapAtom = { kind: "map", isAtomic: false };

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

/** The atom of a value. Lists in a value without a schema are atomic, its objects are not. */
export function atomOf(schema: Schema, value: unknown): Atom {
  if (isScalarSchema(schema)) return SCALARS[schema.type];
  switch (schema.type) {
    case "object":
    case "map":
      return { kind: "map", isAtomic: schema.atomic, schema };
    case "list":
      return { kind: "list", isAtomic: schema.listType === "atomic", schema };
    case "any":
    case "alternatives":
      if (Array.isArray(value)) return ANY_LIST;
      return isJsonObject(value) ? ANY_MAP : ANY_SCALAR;
  }
}

/** The schema of an entry of a map or struct; undefined where a struct has no such field. */
export function entrySchema({ schema }: MapAtom, name: string): Schema | undefined {
  if (schema === undefined) return ANY;
  if (schema.type === "map") return schema.values;
  return schema.fields.get(name)?.schema ?? (schema.unknownFields === "preserve" ? ANY : undefined);
}

/** Whether the type names the field, as a struct does and a map does not. */
export function declaresField({ schema }: MapAtom, name: string): boolean {
  return schema?.type === "object" && schema.fields.has(name);
}
