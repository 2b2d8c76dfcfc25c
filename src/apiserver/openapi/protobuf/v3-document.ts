/** OpenAPI v3 in the protobuf form of gnostic (`openapiv3/OpenAPIv3.proto`), as far as servers of Kubernetes use it. */
import {
  anything,
  boolean,
  choice,
  double,
  encodeMessage,
  entries,
  type Fields,
  flag,
  integer,
  isReference,
  list,
  message,
  type Shape,
  text,
  wrapped,
} from "./shape.ts";

export function encodeV3Document(document: object): Buffer {
  return encodeMessage(DOCUMENT, document);
}

const reference = message(() => ({
  fields: { $ref: [1, text], summary: [2, text], description: [3, text] },
}));

/** A message, or where one is. */
function referable(shape: Shape): Shape {
  return choice((value) => (isReference(value) ? [2, reference] : [1, shape]));
}

const plainSchema = message(() => SCHEMA);
const schema = referable(plainSchema);

/** Defaults that are no scalars cannot be told. */
const defaultValue = choice((value) => {
  if (typeof value === "number") return [1, double];
  if (typeof value === "boolean") return [2, boolean];
  return typeof value === "string" ? [3, text] : undefined;
});

const EXTERNAL_DOCS: Fields = { fields: { description: [1, text], url: [2, text] }, extension: 3 };

const SCHEMA: Fields = {
  fields: {
    nullable: [1, flag],
    readOnly: [3, flag],
    writeOnly: [4, flag],
    externalDocs: [6, message(() => EXTERNAL_DOCS)],
    example: [7, anything],
    deprecated: [8, flag],
    title: [9, text],
    multipleOf: [10, double],
    maximum: [11, double],
    exclusiveMaximum: [12, flag],
    minimum: [13, double],
    exclusiveMinimum: [14, flag],
    maxLength: [15, integer],
    minLength: [16, integer],
    pattern: [17, text],
    maxItems: [18, integer],
    minItems: [19, integer],
    uniqueItems: [20, flag],
    maxProperties: [21, integer],
    minProperties: [22, integer],
    required: [23, list(text)],
    enum: [24, list(anything)],
    type: [25, text],
    allOf: [26, list(schema)],
    oneOf: [27, list(schema)],
    anyOf: [28, list(schema)],
    not: [29, plainSchema],
    items: [30, wrapped(list(schema))],
    properties: [31, wrapped(entries(schema))],
    additionalProperties: [32, choice((value) => (typeof value === "boolean" ? [2, boolean] : [1, schema]))],
    default: [33, defaultValue],
    description: [34, text],
    format: [35, text],
  },
  extension: 36,
};

const content = wrapped(entries(message(() => ({ fields: { schema: [1, schema] }, extension: 5 }))));

const parameter = referable(
  message(() => ({
    fields: {
      name: [1, text],
      in: [2, text],
      description: [3, text],
      required: [4, flag],
      schema: [10, schema],
    },
    extension: 14,
  })),
);

const requestBody = referable(
  message(() => ({
    fields: { description: [1, text], content: [2, content], required: [3, flag] },
    extension: 4,
  })),
);

const response = referable(
  message(() => ({ fields: { description: [1, text], content: [3, content] }, extension: 5 })),
);

const operation = message(() => ({
  fields: {
    tags: [1, list(text)],
    summary: [2, text],
    description: [3, text],
    externalDocs: [4, message(() => EXTERNAL_DOCS)],
    operationId: [5, text],
    parameters: [6, list(parameter)],
    requestBody: [7, requestBody],
    responses: [8, wrapped(entries(response), 2)],
    deprecated: [10, flag],
  },
  extension: 13,
}));

const pathItem = message(() => ({
  fields: {
    get: [4, operation],
    put: [5, operation],
    post: [6, operation],
    delete: [7, operation],
    options: [8, operation],
    head: [9, operation],
    patch: [10, operation],
    parameters: [13, list(parameter)],
  },
  extension: 14,
}));

const securityScheme = referable(
  message(() => ({
    fields: { type: [1, text], description: [2, text], name: [3, text], in: [4, text] },
    extension: 9,
  })),
);

const DOCUMENT: Fields = {
  fields: {
    openapi: [1, text],
    info: [
      2,
      message(() => ({
        fields: { title: [1, text], description: [2, text], version: [6, text] },
        extension: 7,
      })),
    ],
    paths: [4, wrapped(entries(pathItem))],
    components: [
      5,
      message(() => ({
        fields: {
          schemas: [1, wrapped(entries(schema))],
          securitySchemes: [7, wrapped(entries(securityScheme))],
        },
        extension: 10,
      })),
    ],
  },
  extension: 9,
};
