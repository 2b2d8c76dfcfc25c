import { describe, expect, test } from "bun:test";
import { textsAt } from "#testing/wire-fields.ts";
import { encodeV2Document } from "./v2-document.ts";

const gvk = { group: "apps", version: "v1", kind: "Deployment" };
const text = { type: "string", uniqueItems: true, description: "d" };
const deployment = { schema: { $ref: "#/definitions/Deployment" } };

const document = {
  swagger: "2.0",
  info: { title: "t", version: "v" },
  paths: {
    "/deployments/{name}": {
      parameters: [{ ...text, name: "name", in: "path", required: true }],
      patch: {
        operationId: "patchDeployment",
        description: "patch it",
        tags: ["apps_v1"],
        schemes: ["https"],
        "x-kubernetes-group-version-kind": gvk,
        consumes: ["application/json-patch+json"],
        produces: ["application/json", "application/yaml"],
        parameters: [
          { in: "body", name: "body", required: true, ...deployment },
          { $ref: "#/parameters/pretty-1" },
          { ...text, name: "dryRun", in: "query" },
        ],
        responses: { 200: { description: "OK", ...deployment }, 401: { description: "Unauthorized" } },
      },
    },
  },
  parameters: { "pretty-1": { ...text, name: "pretty", in: "query" } },
  security: [{ BearerToken: [] }],
  securityDefinitions: { BearerToken: { type: "apiKey", name: "authorization", in: "header" } },
};

const ITEM = [8, 2, 2];
const PATCH = [...ITEM, 8];
const QUERY = [...PATCH, 8, 1, 2, 3];
const BODY = [...PATCH, 8, 1, 1];

describe("encodeV2Document", () => {
  test.each<[what: string, path: readonly number[], values: readonly string[]]>([
    ["the version of OpenAPI", [1], ["2.0"]],
    ["title", [2, 1], ["t"]],
    ["version", [2, 2], ["v"]],
    ["paths", [8, 2, 1], ["/deployments/{name}"]],
    ["names of path parameters", [...ITEM, 9, 1, 2, 4, 4], ["name"]],
    ["that path parameters are required", [...ITEM, 9, 1, 2, 4, 1], ["1"]],
    ["operations", [...PATCH, 5], ["patchDeployment"]],
    ["their descriptions", [...PATCH, 3], ["patch it"]],
    ["their tags", [...PATCH, 1], ["apps_v1"]],
    ["their schemes", [...PATCH, 10], ["https"]],
    ["what they produce", [...PATCH, 6], ["application/json", "application/yaml"]],
    ["what they consume", [...PATCH, 7], ["application/json-patch+json"]],
    ["references to parameters", [...PATCH, 8, 2, 1], ["#/parameters/pretty-1"]],
    ["names of query parameters", [...QUERY, 4], ["dryRun"]],
    ["types of query parameters", [...QUERY, 6], ["string"]],
    ["descriptions of query parameters", [...QUERY, 3], ["d"]],
    ["that query parameters are given once", [...QUERY, 20], ["1"]],
    ["bodies", [...BODY, 5, 1], ["#/definitions/Deployment"]],
    ["that bodies are required", [...BODY, 4], ["1"]],
    ["codes of answers", [...PATCH, 9, 1, 1], ["200", "401"]],
    ["types of answers", [...PATCH, 9, 1, 2, 1, 2, 1, 1], ["#/definitions/Deployment"]],
    ["extensions", [...PATCH, 13, 1], ["x-kubernetes-group-version-kind"]],
    ["their values", [...PATCH, 13, 2, 2], [`${JSON.stringify(gvk)}\n`]],
    ["shared parameters", [10, 1, 1], ["pretty-1"]],
    ["what is shared", [10, 1, 2, 2, 3, 4], ["pretty"]],
    ["what secures it", [12, 1, 1], ["BearerToken"]],
    ["how", [13, 1, 2, 2, 2], ["authorization"]],
  ])("has %s", (_, path, values) => {
    expect(textsAt(encodeV2Document(document), path)).toEqual([...values]);
  });

  test.each<[keywords: object, path: readonly number[], value: string]>([
    [{ $ref: "#/definitions/Other" }, [1], "#/definitions/Other"],
    [{ format: "int32" }, [2], "int32"],
    [{ description: "d" }, [4], "d"],
    [{ maxLength: 300 }, [11], "300"],
    [{ minItems: 0 }, [15], "0"],
    [{ uniqueItems: true }, [16], "1"],
    [{ required: ["a"] }, [19], "a"],
    [{ enum: ["TCP"] }, [20, 2], '"TCP"\n'],
    [{ type: "string" }, [22, 1], "string"],
    [{ additionalProperties: { format: "byte" } }, [21, 1, 2], "byte"],
    [{ additionalProperties: false }, [21, 2], "0"],
    [{ items: { format: "byte" } }, [23, 1, 2], "byte"],
    [{ properties: { size: {} } }, [25, 1, 1], "size"],
    [{ properties: { size: { format: "int32" } } }, [25, 1, 2, 2], "int32"],
    [{ "x-list": ["a"] }, [31, 1], "x-list"],
    [{ "x-list": ["a"] }, [31, 2, 2], '["a"]\n'],
  ])("writes the schema %j", (keywords, path, value) => {
    const bytes = encodeV2Document({ definitions: { Thing: keywords } });
    expect(textsAt(bytes, [9, 1, 2, ...path])).toEqual([value]);
  });

  test("leaves out what it does not know", () => {
    const bytes = encodeV2Document({ definitions: { Thing: { uniqueItems: false, xml: {} } }, host: "h" });
    expect(textsAt(bytes, [9, 1, 2])).toEqual([""]);
  });
});
