/** The paths of OpenAPI v2 in the protobuf form of gnostic (`openapiv2/OpenAPIv2.proto`). */
import { WireWriter } from "../protobuf/wire-writer.ts";
import type { SchemaDocument } from "./component.ts";
import type { PathsDocument } from "./paths.ts";
import { any, encodeSchema } from "./v2-schema-protobuf.ts";

const PATHS = { path: 2 } as const;
const NAMED = { name: 1, value: 2 } as const;
const PATH_ITEM: Readonly<Record<string, number>> = {
  get: 2,
  put: 3,
  post: 4,
  delete: 5,
  options: 6,
  head: 7,
  patch: 8,
  parameters: 9,
};
const OPERATION = {
  tags: 1,
  summary: 2,
  description: 3,
  operationId: 5,
  produces: 6,
  consumes: 7,
  parameters: 8,
  responses: 9,
  extension: 13,
} as const;
const BODY = { name: 2, in: 3, required: 4, schema: 5 } as const;
const QUERY = { required: 1, in: 2, name: 4, type: 6, uniqueItems: 20 } as const;
const PATH = { required: 1, in: 2, name: 4, type: 5, uniqueItems: 19 } as const;
const NON_BODY = { query: 3, path: 4 } as const;
const RESPONSE = { description: 1, schema: 2 } as const;
/** The first choice of messages that are one of several, and the field of those that only repeat. */
const FIRST = 1;
const NON_BODY_PARAMETER = 2;

export function encodePaths(paths: PathsDocument): WireWriter {
  const writer = new WireWriter();
  for (const [path, item] of Object.entries(paths)) {
    writer.message(PATHS.path, named(path, encodePathItem(item)));
  }
  return writer;
}

function encodePathItem(item: SchemaDocument): WireWriter {
  const writer = new WireWriter();
  for (const [key, value] of Object.entries(item)) {
    const field = PATH_ITEM[key];
    // Extension servers may say more than clients look for.
    if (field === undefined) continue;
    if (key === "parameters") encodeParameters(writer, field, value as readonly SchemaDocument[]);
    else writer.message(field, encodeOperation(value as SchemaDocument));
  }
  return writer;
}

function encodeOperation(operation: SchemaDocument): WireWriter {
  const writer = new WireWriter();
  for (const [key, value] of Object.entries(operation)) {
    switch (key) {
      case "operationId":
      case "summary":
      case "description":
        writer.text(OPERATION[key], String(value));
        break;
      case "tags":
      case "produces":
      case "consumes":
        for (const type of value as readonly string[]) writer.text(OPERATION[key], type);
        break;
      case "parameters":
        encodeParameters(writer, OPERATION.parameters, value as readonly SchemaDocument[]);
        break;
      case "responses":
        writer.message(
          OPERATION.responses,
          encodeResponses(value as Readonly<Record<string, SchemaDocument>>),
        );
        break;
      default:
        if (key.startsWith("x-")) writer.message(OPERATION.extension, named(key, any(value)));
    }
  }
  return writer;
}

function encodeParameters(writer: WireWriter, field: number, parameters: readonly SchemaDocument[]): void {
  for (const parameter of parameters) {
    writer.message(field, new WireWriter().message(FIRST, encodeParameter(parameter)));
  }
}

function encodeParameter(parameter: SchemaDocument): WireWriter {
  const { in: place, name, required, type, uniqueItems, schema } = parameter;
  if (place === "body") {
    const body = new WireWriter().text(BODY.name, String(name)).text(BODY.in, "body");
    if (required === true) body.flag(BODY.required);
    if (schema !== undefined) body.message(BODY.schema, encodeSchema(schema as SchemaDocument));
    return new WireWriter().message(FIRST, body);
  }
  const [fields, choice] = place === "path" ? [PATH, NON_BODY.path] : [QUERY, NON_BODY.query];
  const other = new WireWriter();
  if (required === true) other.flag(fields.required);
  other.text(fields.in, String(place)).text(fields.name, String(name)).text(fields.type, String(type));
  if (uniqueItems === true) other.flag(fields.uniqueItems);
  return new WireWriter().message(NON_BODY_PARAMETER, new WireWriter().message(choice, other));
}

function encodeResponses(responses: Readonly<Record<string, SchemaDocument>>): WireWriter {
  const writer = new WireWriter();
  for (const [code, { description, schema }] of Object.entries(responses)) {
    const response = new WireWriter().text(RESPONSE.description, String(description));
    if (schema !== undefined) {
      response.message(
        RESPONSE.schema,
        new WireWriter().message(FIRST, encodeSchema(schema as SchemaDocument)),
      );
    }
    writer.message(FIRST, named(code, new WireWriter().message(FIRST, response)));
  }
  return writer;
}

function named(name: string, value: WireWriter): WireWriter {
  return new WireWriter().text(NAMED.name, name).message(NAMED.value, value);
}
