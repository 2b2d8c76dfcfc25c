import { expect, test } from "bun:test";
import { toV3Document } from "./v2-to-v3.ts";

test("toV3Document says the same in OpenAPI v3", () => {
  const flunder = {
    type: "object",
    properties: {
      metadata: { description: "Metadata.", $ref: "#/definitions/Meta" },
      parts: { type: "array", items: { $ref: "#/definitions/Meta" } },
      labels: { type: "object", additionalProperties: { type: "string" } },
    },
  };
  const json = ["application/json"];
  const operation = {
    operationId: "create",
    consumes: json,
    produces: json,
    schemes: ["https"],
    parameters: [
      { in: "body", name: "body", schema: { $ref: "#/definitions/Flunder" } },
      { in: "query", name: "limit", type: "integer", description: "How many." },
    ],
    responses: {
      "200": { description: "OK", schema: { $ref: "#/definitions/Flunder" } },
      "401": { description: "No" },
    },
    "x-kubernetes-action": "post",
  };
  const paths = {
    "/flunders": { parameters: [{ in: "path", name: "namespace", type: "string" }], post: operation },
  };
  expect(
    toV3Document({ paths, definitions: { Flunder: flunder, Meta: { type: "object" } }, parameters: {} }),
  ).toEqual({
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: "unversioned" },
    paths: {
      "/flunders": {
        parameters: [{ in: "path", name: "namespace", schema: { type: "string" } }],
        post: {
          operationId: "create",
          "x-kubernetes-action": "post",
          parameters: [{ in: "query", name: "limit", description: "How many.", schema: { type: "integer" } }],
          requestBody: {
            content: { "application/json": { schema: { $ref: "#/components/schemas/Flunder" } } },
          },
          responses: {
            "200": {
              description: "OK",
              content: { "application/json": { schema: { $ref: "#/components/schemas/Flunder" } } },
            },
            "401": { description: "No" },
          },
        },
      },
    },
    components: {
      schemas: {
        Flunder: {
          type: "object",
          properties: {
            metadata: { description: "Metadata.", allOf: [{ $ref: "#/components/schemas/Meta" }] },
            parts: { type: "array", items: { $ref: "#/components/schemas/Meta" } },
            labels: { type: "object", additionalProperties: { type: "string" } },
          },
        },
        Meta: { type: "object" },
      },
    },
  });
});
