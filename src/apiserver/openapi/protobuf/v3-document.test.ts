import { describe, expect, test } from "bun:test";
import { textsAt } from "#testing/wire-fields.ts";
import { encodeV3Document } from "./v3-document.ts";

const thing = { "application/json": { schema: { $ref: "#/components/schemas/Thing" } } };

const document = {
  openapi: "3.0.0",
  info: { title: "t", version: "v" },
  paths: {
    "/things/{name}": {
      parameters: [{ name: "name", in: "path", required: true, schema: { type: "string" } }],
      put: {
        operationId: "replaceThing",
        requestBody: { content: thing, required: true },
        responses: { 200: { description: "OK", content: thing } },
        "x-kubernetes-action": "put",
      },
    },
  },
  components: { securitySchemes: { BearerToken: { type: "apiKey" } } },
};

const ITEM = [4, 1, 2];
const PUT = [...ITEM, 5];

describe("encodeV3Document", () => {
  test.each<[what: string, path: readonly number[], value: string]>([
    ["the version of OpenAPI", [1], "3.0.0"],
    ["title", [2, 1], "t"],
    ["version", [2, 6], "v"],
    ["paths", [4, 1, 1], "/things/{name}"],
    ["parameters", [...ITEM, 13, 1, 1], "name"],
    ["their types", [...ITEM, 13, 1, 10, 1, 25], "string"],
    ["operations", [...PUT, 5], "replaceThing"],
    ["media types of bodies", [...PUT, 7, 1, 2, 1, 1], "application/json"],
    ["types of bodies", [...PUT, 7, 1, 2, 1, 2, 1, 2, 1], "#/components/schemas/Thing"],
    ["that bodies are required", [...PUT, 7, 1, 3], "1"],
    ["codes of answers", [...PUT, 8, 2, 1], "200"],
    ["types of answers", [...PUT, 8, 2, 2, 1, 3, 1, 2, 1, 2, 1], "#/components/schemas/Thing"],
    ["extensions", [...PUT, 13, 2, 2], '"put"\n'],
    ["what secures it", [5, 7, 1, 2, 1, 1], "apiKey"],
  ])("has %s", (_, path, value) => {
    expect(textsAt(encodeV3Document(document), path)).toEqual([value]);
  });

  const reference = { $ref: "#/components/schemas/Other" };
  test.each<[keywords: object, path: readonly number[], value: string]>([
    [reference, [2, 1], reference.$ref],
    [{ allOf: [reference] }, [1, 26, 2, 1], reference.$ref],
    [{ oneOf: [{ type: "string" }] }, [1, 27, 1, 25], "string"],
    [{ items: reference }, [1, 30, 1, 2, 1], reference.$ref],
    [{ properties: { size: reference } }, [1, 31, 1, 2, 2, 1], reference.$ref],
    [{ additionalProperties: reference }, [1, 32, 1, 2, 1], reference.$ref],
    [{ default: "" }, [1, 33, 3], ""],
    [{ default: false }, [1, 33, 2], "0"],
    [{ default: {} }, [1, 33], ""],
    [{ not: { format: "byte" } }, [1, 29, 35], "byte"],
    [{ "x-kubernetes-list-type": "set" }, [1, 36, 2, 2], '"set"\n'],
  ])("writes the schema %j", (keywords, path, value) => {
    const bytes = encodeV3Document({ components: { schemas: { Thing: keywords } } });
    expect(textsAt(bytes, [5, 1, 1, 2, ...path])).toEqual([value]);
  });
});
