/** Values of custom resources as CEL sees them (upstream pkg/cel/common/values.go). */
import type { CelInput } from "@bufbuild/cel";
import { create } from "@bufbuild/protobuf";
import { DurationSchema, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { isSchema } from "#api/apiextensions/v1/schema-tree.ts";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { DurationError, parseDuration } from "#apimachinery/duration.ts";
import { isJsonObject, type JsonObject } from "#apimachinery/json-value.ts";
import { ownValue } from "#base/own-value.ts";

const RESERVED: ReadonlySet<string> = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

const ESCAPES: Readonly<Record<string, string>> = {
  __: "__underscores__",
  ".": "__dot__",
  "-": "__dash__",
  "/": "__slash__",
};

const NO_SCHEMA: JSONSchemaProps = {};

/** What expressions call a field whose name is no identifier of CEL (upstream pkg/cel/escaping.go). */
export function escapeName(name: string): string {
  if (RESERVED.has(name)) return `__${name}__`;
  return name.replace(/__|[.\-/]/g, (part) => ESCAPES[part] ?? part);
}

/** A JSON value by its schema: numbers are doubles only where the schema says so, times are times. */
export function toCelValue(value: unknown, schema: JSONSchemaProps = NO_SCHEMA): CelInput {
  if (typeof value === "string") return textValue(value, schema.format);
  if (typeof value === "number")
    return Number.isInteger(value) && schema.type !== "number" ? BigInt(value) : value;
  if (typeof value === "boolean") return value;
  if (Array.isArray(value)) {
    const items = isSchema(schema.items) ? schema.items : NO_SCHEMA;
    return value.map((each: unknown) => toCelValue(each, items));
  }
  return isJsonObject(value) ? mapValue(value, schema) : null;
}

function mapValue(object: JsonObject, schema: JSONSchemaProps): CelInput {
  const { properties = {}, additionalProperties } = schema;
  const values = isSchema(additionalProperties) ? additionalProperties : NO_SCHEMA;
  return new Map(
    Object.entries(object).map(([name, each]) => {
      const property = ownValue(properties, name);
      const key = additionalProperties === undefined ? escapeName(name) : name;
      return [key, toCelValue(each, property ?? values)];
    }),
  );
}

function textValue(text: string, format: string | undefined): CelInput {
  if (format === "duration") return durationValue(text);
  if (format === "byte") return Buffer.from(text, "base64");
  if (format !== "date-time" && format !== "date") return text;
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? text : timestampFromDate(date);
}

function durationValue(text: string): CelInput {
  try {
    const nanos = parseDuration(text);
    const second = 1_000_000_000n;
    return create(DurationSchema, { seconds: nanos / second, nanos: Number(nanos % second) });
  } catch (error) {
    if (error instanceof DurationError) return text;
    throw error;
  }
}
