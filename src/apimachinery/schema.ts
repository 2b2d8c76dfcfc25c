/**
 * The shape of objects, for decoding, patching, server-side apply, tables of fields and OpenAPI. Built-in kinds
 * get theirs from the generated facts, custom resources from their OpenAPI v3 schema.
 */
export type Schema = ObjectSchema | MapSchema | ListSchema | ScalarSchema | AnySchema | AlternativesSchema;

export type ScalarType =
  | "string"
  | "boolean"
  | "int32"
  | "int64"
  | "number"
  /** Base64 in JSON. */
  | "bytes"
  /** RFC 3339, seconds, UTC. */
  | "time"
  /** RFC 3339 with six fractional digits. */
  | "microTime"
  /** A Go duration such as `1m30s`. */
  | "duration"
  /** A canonical quantity such as `500m`. */
  | "quantity"
  | "intOrString";

/** What all schemas of custom resources have, and none of built-in kinds. */
interface Leniency {
  /**
   * Decoding keeps what has another type than this, nulls and empty values included, in the order in which it came:
   * upstream decodes custom resources without a type, and leaves it to validation to say what is wrong.
   */
  readonly lenient?: boolean;
  /**
   * What server-side apply accepts besides, by the OpenAPI form of a schema: `fields` without a declaration, any
   * `scalar`, or any `value`.
   */
  readonly open?: "fields" | "scalar" | "value";
}

export interface ScalarSchema extends Leniency {
  readonly type: ScalarType;
  /** The closed set of values, which validation (not decoding) enforces. */
  readonly enum?: readonly string[];
  /** The Go name of a string type (`v1.PodPhase`), which decoding errors mention. */
  readonly goType?: string;
}

export interface ObjectSchema extends Leniency {
  readonly type: "object";
  /** OpenAPI name (`io.k8s.api.core.v1.PodSpec`); its last part is the Go type that decoding errors name. */
  readonly name: string;
  /** In the order in which they are written. */
  readonly fields: ReadonlyMap<string, Field>;
  /** Whether fields without a declaration are dropped (and reported) or kept. */
  readonly unknownFields: "drop" | "preserve";
  /** What kept fields without a declaration hold; default: anything. For lenient schemas only. */
  readonly unknownValues?: Schema;
  /** Server-side apply treats the object as one value. */
  readonly atomic: boolean;
}

export interface MapSchema extends Leniency {
  readonly type: "map";
  readonly values: Schema;
  readonly atomic: boolean;
}

export interface ListSchema extends Leniency {
  readonly type: "list";
  readonly items: Schema;
  readonly listType: "atomic" | "set" | "map";
  /** The key fields of a `map` list. */
  readonly keys: readonly string[];
}

/** Any JSON value. */
export interface AnySchema {
  readonly type: "any";
  /** Server-side apply treats an object as one value, as it does a list (`runtime.RawExtension`). */
  readonly atomic?: boolean;
}

/** One of several shapes, told apart by their JSON type; only the schemas inside a CustomResourceDefinition use it. */
export interface AlternativesSchema {
  readonly type: "alternatives";
  readonly of: readonly Schema[];
}

export interface Field {
  readonly name: string;
  readonly schema: Schema;
  /**
   * When the field is written: `always` (zero values too), `nonEmpty` (zero scalars and empty lists and maps
   * are left out; objects are written, and so are times, quantities and int-or-strings, which are structs in Go),
   * `whenSet` (absent and zero differ, objects are left out when absent).
   */
  readonly presence: "always" | "nonEmpty" | "whenSet";
  /** Strategic merge: how a list or map is merged, and by which key. */
  readonly patchStrategy: readonly ("merge" | "replace" | "retainKeys")[];
  readonly patchMergeKey?: string;
  readonly default?: unknown;
  /** Number in the protobuf message. */
  readonly protoNumber?: number;
}

const STRUCTURES: ReadonlySet<string> = new Set<Schema["type"]>([
  "object",
  "map",
  "list",
  "any",
  "alternatives",
]);

/** Whether values of the schema are single values, whatever their JSON type. */
export function isScalarSchema(schema: Schema): schema is ScalarSchema {
  return !STRUCTURES.has(schema.type);
}
