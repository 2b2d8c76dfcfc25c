/** The schemas of OpenAPI v2 in the protobuf form of gnostic (`openapiv2/OpenAPIv2.proto`). */
import { stringify } from "yaml";
import { WireWriter } from "../protobuf/wire-writer.ts";
import type { SchemaDocument } from "./component.ts";

const SCHEMA = {
  ref: 1,
  format: 2,
  description: 4,
  required: 19,
  enum: 20,
  additionalProperties: 21,
  type: 22,
  items: 23,
  properties: 25,
  extension: 31,
} as const;
/** Of the messages that only wrap one repeated or chosen value. */
const VALUE = 1;
const NAMED = { name: 1, value: 2 } as const;
const ANY_YAML = 2;

export function namedSchemas(schemas: Readonly<Record<string, SchemaDocument>>): WireWriter {
  const list = new WireWriter();
  for (const [name, schema] of Object.entries(schemas)) {
    list.message(VALUE, new WireWriter().text(NAMED.name, name).message(NAMED.value, encodeSchema(schema)));
  }
  return list;
}

export function encodeSchema(schema: SchemaDocument): WireWriter {
  const writer = new WireWriter();
  for (const [key, value] of Object.entries(schema)) encodeKeyword(writer, key, value);
  return writer;
}

function encodeKeyword(writer: WireWriter, key: string, value: unknown): void {
  switch (key) {
    case "$ref":
      writer.text(SCHEMA.ref, String(value));
      break;
    case "format":
    case "description":
      writer.text(SCHEMA[key], String(value));
      break;
    case "type":
      writer.message(SCHEMA.type, new WireWriter().text(VALUE, String(value)));
      break;
    case "required":
      for (const field of value as readonly string[]) writer.text(SCHEMA.required, field);
      break;
    case "enum":
      for (const each of value as readonly unknown[]) writer.message(SCHEMA.enum, any(each));
      break;
    case "items":
    case "additionalProperties":
      writer.message(SCHEMA[key], new WireWriter().message(VALUE, encodeSchema(value as SchemaDocument)));
      break;
    case "properties":
      writer.message(SCHEMA.properties, namedSchemas(value as Readonly<Record<string, SchemaDocument>>));
      break;
    default:
      writer.message(
        SCHEMA.extension,
        new WireWriter().text(NAMED.name, key).message(NAMED.value, any(value)),
      );
  }
}

/** Any value, as the text that clients parse it from. */
export function any(value: unknown): WireWriter {
  return new WireWriter().text(ANY_YAML, stringify(value));
}
