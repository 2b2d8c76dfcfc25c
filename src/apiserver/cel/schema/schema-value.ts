/** JSON values as expressions see them by their schema (k8s.io/apiserver pkg/cel/common/valuesunstructured.go). */
import { isWhole } from "#apimachinery/exact-json.ts";
import { goTypeOf } from "#apimachinery/go-text.ts";
import { equalJson, isJsonObject, type JsonObject } from "#apimachinery/json-value.ts";
import { ownValue } from "#base/own-value.ts";
import { type CelType, opaqueType } from "../types/type.ts";
import { CelError, CelObject, type CelValue, type Result } from "../values/value.ts";
import { formattedText } from "./formatted-text.ts";
import { KeyedList, PlainList, SetList } from "./schema-list.ts";
import { SchemaMap } from "./schema-map.ts";
import {
  hasProperties,
  isEmbedded,
  itemsOf,
  type StructuralSchema,
  valuesOf,
  withTypeAndNames,
} from "./structural-schema.ts";

/** The value, or why it does not fit its schema. Nothing inside is looked at before somebody asks for it. */
export function schemaValue(value: unknown, schema: StructuralSchema): Result {
  if (value === null || value === undefined) {
    return schema.nullable === true ? null : invalid("got null for schema with nullable=false");
  }
  if (schema["x-kubernetes-int-or-string"] === true) {
    if (typeof value === "string") return value;
    return integer(value) ?? invalid("expected XIntOrString value to be either a string or integer");
  }
  switch (schema.type ?? "") {
    case "object":
      return isJsonObject(value)
        ? objectValue(value, schema)
        : invalid("expected a map for the provided schema with type=object");
    case "array":
      return Array.isArray(value)
        ? listValue(value, schema)
        : invalid("expected an array for the provided schema with type=array");
    default:
      return scalarValue(value, schema);
  }
}

function scalarValue(value: unknown, schema: StructuralSchema): Result {
  switch (schema.type ?? "") {
    case "string":
      return typeof value === "string" ? formattedText(value, schema.format) : unexpected("string", value);
    case "number":
      return typeof value === "number" || typeof value === "bigint"
        ? Number(value)
        : unexpected("float", value);
    case "integer":
      return integer(value) ?? unexpected("int", value);
    case "boolean":
      return typeof value === "boolean" ? value : unexpected("bool", value);
    default:
      return schema["x-kubernetes-preserve-unknown-fields"] === true
        ? new UnknownValue(value)
        : new CelError(
            `invalid type, expected object, array, number, integer, boolean or string, or no type with x-kubernetes-int-or-string or x-kubernetes-preserve-unknown-fields is true, got ${schema.type ?? ""}`,
          );
  }
}

function objectValue(value: JsonObject, schema: StructuralSchema): CelValue {
  if (isEmbedded(schema) || hasProperties(schema)) {
    const whole = isEmbedded(schema) ? withTypeAndNames(schema) : schema;
    const { properties = {} } = whole;
    return new SchemaMap(value, (name) => ownValue(properties, name), {
      isObject: true,
      toValue: schemaValue,
    });
  }
  const values = valuesOf(schema);
  return new SchemaMap(value, () => values, { isObject: false, toValue: schemaValue });
}

function listValue(list: readonly unknown[], schema: StructuralSchema): Result {
  const items = itemsOf(schema);
  if (items === undefined) return new CelError("invalid array type, expected Items with a non-empty Schema");
  const source = { toValue: schemaValue, items };
  switch (schema["x-kubernetes-list-type"] ?? "") {
    case "map":
      return new KeyedList(list, source, schema["x-kubernetes-list-map-keys"] ?? []);
    case "set":
      return new SetList(list, source);
    default:
      return new PlainList(list, source);
  }
}

function integer(value: unknown): bigint | undefined {
  return isWhole(value) ? BigInt(value) : undefined;
}

function invalid(problem: string): CelError {
  return new CelError(`invalid data, ${problem}`);
}

function unexpected(wanted: string, value: unknown): CelError {
  return invalid(`expected ${wanted}, got ${goTypeOf(value)}`);
}

const UNKNOWN_TYPE: CelType = opaqueType("unknown");

/** What no schema says anything about: it can be compared, and nothing else. */
export class UnknownValue extends CelObject {
  readonly type = UNKNOWN_TYPE;
  readonly raw: unknown;

  constructor(raw: unknown) {
    super();
    this.raw = raw;
  }

  override equals(other: CelValue): Result {
    return other instanceof UnknownValue && equalJson(this.raw, other.raw);
  }
}
