/** OpenAPI v2 in the protobuf form of gnostic (`openapiv2/OpenAPIv2.proto`), which client-go asks for. */
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
  text,
  wrapped,
} from "./shape.ts";

export function encodeV2Document(document: object): Buffer {
  return encodeMessage(DOCUMENT, document);
}

const schema = message(() => SCHEMA);
const reference = message(() => ({ fields: { $ref: [1, text], description: [2, text] } }));

const SCHEMA: Fields = {
  fields: {
    $ref: [1, text],
    format: [2, text],
    title: [3, text],
    description: [4, text],
    default: [5, anything],
    multipleOf: [6, double],
    maximum: [7, double],
    exclusiveMaximum: [8, flag],
    minimum: [9, double],
    exclusiveMinimum: [10, flag],
    maxLength: [11, integer],
    minLength: [12, integer],
    pattern: [13, text],
    maxItems: [14, integer],
    minItems: [15, integer],
    uniqueItems: [16, flag],
    maxProperties: [17, integer],
    minProperties: [18, integer],
    required: [19, list(text)],
    enum: [20, list(anything)],
    additionalProperties: [21, choice((value) => (typeof value === "boolean" ? [2, boolean] : [1, schema]))],
    type: [22, wrapped(list(text))],
    items: [23, wrapped(list(schema))],
    allOf: [24, list(schema)],
    properties: [25, wrapped(entries(schema))],
    discriminator: [26, text],
    readOnly: [27, flag],
    externalDocs: [29, message(() => EXTERNAL_DOCS)],
    example: [30, anything],
  },
  extension: 31,
};

const EXTERNAL_DOCS: Fields = { fields: { description: [1, text], url: [2, text] }, extension: 3 };

const BODY_PARAMETER: Fields = {
  fields: {
    description: [1, text],
    name: [2, text],
    in: [3, text],
    required: [4, flag],
    schema: [5, schema],
  },
  extension: 6,
};

const QUERY_PARAMETER: Fields = {
  fields: {
    required: [1, flag],
    in: [2, text],
    description: [3, text],
    name: [4, text],
    type: [6, text],
    format: [7, text],
    uniqueItems: [20, flag],
  },
  extension: 23,
};

const PATH_PARAMETER: Fields = {
  fields: {
    required: [1, flag],
    in: [2, text],
    description: [3, text],
    name: [4, text],
    type: [5, text],
    format: [6, text],
    uniqueItems: [19, flag],
  },
  extension: 22,
};

/** Parameters in headers and forms are in nothing that Kubernetes serves. */
const otherParameter = choice((value) => {
  const place = (value as { readonly in?: string }).in;
  if (place === "query") return [3, message(() => QUERY_PARAMETER)];
  return place === "path" ? [4, message(() => PATH_PARAMETER)] : undefined;
});

const parameter = choice((value) =>
  (value as { readonly in?: string }).in === "body"
    ? [1, message(() => BODY_PARAMETER)]
    : [2, otherParameter],
);

const parameterOrReference = choice((value) => (isReference(value) ? [2, reference] : [1, parameter]));

const response = message(() => ({
  fields: { description: [1, text], schema: [2, choice(() => [1, schema])] },
  extension: 5,
}));

const responseOrReference = choice((value) => (isReference(value) ? [2, reference] : [1, response]));

const OPERATION: Fields = {
  fields: {
    tags: [1, list(text)],
    summary: [2, text],
    description: [3, text],
    externalDocs: [4, message(() => EXTERNAL_DOCS)],
    operationId: [5, text],
    produces: [6, list(text)],
    consumes: [7, list(text)],
    parameters: [8, list(parameterOrReference)],
    responses: [9, wrapped(entries(responseOrReference))],
    schemes: [10, list(text)],
    deprecated: [11, flag],
  },
  extension: 13,
};

const operation = message(() => OPERATION);

const PATH_ITEM: Fields = {
  fields: {
    $ref: [1, text],
    get: [2, operation],
    put: [3, operation],
    post: [4, operation],
    delete: [5, operation],
    options: [6, operation],
    head: [7, operation],
    patch: [8, operation],
    parameters: [9, list(parameterOrReference)],
  },
  extension: 10,
};

const apiKey = message(() => ({
  fields: { type: [1, text], name: [2, text], in: [3, text], description: [4, text] },
  extension: 5,
}));

const INFO: Fields = {
  fields: { title: [1, text], version: [2, text], description: [3, text] },
  extension: 7,
};

const DOCUMENT: Fields = {
  fields: {
    swagger: [1, text],
    info: [2, message(() => INFO)],
    schemes: [5, list(text)],
    consumes: [6, list(text)],
    produces: [7, list(text)],
    paths: [8, wrapped(entries(message(() => PATH_ITEM)), 2)],
    definitions: [9, wrapped(entries(schema))],
    parameters: [10, wrapped(entries(parameter))],
    security: [12, list(wrapped(entries(wrapped(list(text)))))],
    securityDefinitions: [13, wrapped(entries(choice(() => [2, apiKey])))],
  },
  extension: 16,
};
