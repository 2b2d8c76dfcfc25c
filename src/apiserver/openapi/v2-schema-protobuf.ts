/** The schemas of OpenAPI v2 in the protobuf form of gnostic (`openapiv2/OpenAPIv2.proto`). */
import type { ExternalDocumentation } from "#api/generated/apiextensions-v1.ts";
import { WireWriter } from "../protobuf/wire-writer.ts";
import type { SchemaDocument } from "./component.ts";

/** The keywords whose values are scalars. */
const TEXTS: Fields = { $ref: 1, format: 2, title: 3, description: 4, pattern: 13 };
const NUMBERS: Fields = { multipleOf: 6, maximum: 7, minimum: 9 };
const FLAGS: Fields = { exclusiveMaximum: 8, exclusiveMinimum: 10, uniqueItems: 16 };
const COUNTS: Fields = {
  maxLength: 11,
  minLength: 12,
  maxItems: 14,
  minItems: 15,
  maxProperties: 17,
  minProperties: 18,
};
const OTHERS = {
  required: 19,
  enum: 20,
  additionalProperties: 21,
  type: 22,
  items: 23,
  properties: 25,
  externalDocs: 29,
  example: 30,
  extension: 31,
} as const;

type Fields = Readonly<Record<string, number>>;

/** Of the messages that only wrap one repeated or chosen value. */
const VALUE = 1;
/** In the place of a schema. */
const FLAG = 2;
const DOCS = { description: 1, url: 2 } as const;
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
  const [text, number, flag, count] = [TEXTS[key], NUMBERS[key], FLAGS[key], COUNTS[key]];
  if (text !== undefined) writer.text(text, String(value));
  else if (number !== undefined) writer.double(number, Number(value));
  else if (count !== undefined) writer.integer(count, Number(value));
  else if (flag === undefined) encodeOther(writer, key, value);
  else if (value === true) writer.flag(flag);
}

function encodeOther(writer: WireWriter, key: string, value: unknown): void {
  switch (key) {
    case "type":
      writer.message(OTHERS.type, new WireWriter().text(VALUE, String(value)));
      break;
    case "required":
      for (const field of value as readonly string[]) writer.text(OTHERS.required, field);
      break;
    case "enum":
      for (const each of value as readonly unknown[]) writer.message(OTHERS.enum, any(each));
      break;
    case "items":
    case "additionalProperties":
      writer.message(OTHERS[key], schemaOrFlag(value));
      break;
    case "properties":
      writer.message(OTHERS.properties, namedSchemas(value as Readonly<Record<string, SchemaDocument>>));
      break;
    case "externalDocs":
      writer.message(OTHERS.externalDocs, externalDocs(value as ExternalDocumentation));
      break;
    case "example":
      writer.message(OTHERS.example, any(value));
      break;
    default:
      writer.message(
        OTHERS.extension,
        new WireWriter().text(NAMED.name, key).message(NAMED.value, any(value)),
      );
  }
}

function schemaOrFlag(value: unknown): WireWriter {
  return typeof value === "boolean"
    ? new WireWriter().integer(FLAG, value ? 1 : 0)
    : new WireWriter().message(VALUE, encodeSchema(value as SchemaDocument));
}

function externalDocs({ description = "", url = "" }: ExternalDocumentation): WireWriter {
  return new WireWriter().text(DOCS.description, description).text(DOCS.url, url);
}

/** Any value, as the text that clients parse it from: YAML, of which JSON is the part that is quickly written. */
export function any(value: unknown): WireWriter {
  return new WireWriter().text(ANY_YAML, JSON.stringify(value));
}
