import { expect, test } from "bun:test";
import { WireReader } from "../protobuf/wire-reader.ts";
import { toV2Paths } from "./v2-paths.ts";
import { encodePaths } from "./v2-paths-protobuf.ts";

const gvk = { group: "apps", version: "v1", kind: "Deployment" };
const name = { name: "name", in: "path", required: true };
const dryRun = { name: "dryRun", in: "query" };
const text = { type: "string", uniqueItems: true };
const deployment = { schema: { $ref: "#/components/schemas/Deployment" } };

const v3 = {
  "/apis/apps/v1/deployments/{name}": {
    parameters: [{ ...name, schema: text }],
    patch: {
      operationId: "patchDeployment",
      parameters: [{ ...dryRun, schema: text }],
      requestBody: { required: true, content: { "application/json-patch+json": deployment } },
      responses: {
        "200": { description: "OK", content: { "application/json": deployment } },
        "401": { description: "Unauthorized" },
      },
      "x-kubernetes-group-version-kind": gvk,
    },
  },
};

const v2 = {
  "/apis/apps/v1/deployments/{name}": {
    parameters: [{ ...name, ...text }],
    patch: {
      operationId: "patchDeployment",
      "x-kubernetes-group-version-kind": gvk,
      consumes: ["application/json-patch+json"],
      produces: ["application/json"],
      parameters: [
        { in: "body", name: "body", required: true, schema: { $ref: "#/definitions/Deployment" } },
        { ...dryRun, ...text },
      ],
      responses: {
        "200": { description: "OK", schema: { $ref: "#/definitions/Deployment" } },
        "401": { description: "Unauthorized" },
      },
    },
  },
};

test("bodies become parameters, and media types stand apart", () => {
  expect(toV2Paths(v3)).toEqual(v2);
});

/** The values at the end of a chain of field numbers, as texts. */
function textsAt(message: Buffer, [wanted = 0, ...rest]: readonly number[]): readonly string[] {
  const reader = new WireReader(message);
  const texts: string[] = [];
  while (!reader.isAtEnd) {
    const { field, wireType } = reader.readTag();
    if (wireType === 0) {
      const isTrue = reader.readUnsigned() === 1;
      if (field === wanted) texts.push(String(isTrue));
      continue;
    }
    const bytes = reader.readBytes();
    if (field !== wanted) continue;
    texts.push(...(rest.length === 0 ? [bytes.toString()] : textsAt(bytes, rest)));
  }
  return texts;
}

const ITEM = [2, 2];
const PATCH = [...ITEM, 8];
const QUERY = [...PATCH, 8, 1, 2, 3];
const BODY = [...PATCH, 8, 1, 1];
const encoded: [what: string, path: readonly number[], values: readonly string[]][] = [
  ["paths", [2, 1], ["/apis/apps/v1/deployments/{name}"]],
  ["names of path parameters", [...ITEM, 9, 1, 2, 4, 4], ["name"]],
  ["that path parameters are required", [...ITEM, 9, 1, 2, 4, 1], ["true"]],
  ["operations", [...PATCH, 5], ["patchDeployment"]],
  ["what they produce", [...PATCH, 6], ["application/json"]],
  ["what they consume", [...PATCH, 7], ["application/json-patch+json"]],
  ["names of query parameters", [...QUERY, 4], ["dryRun"]],
  ["types of query parameters", [...QUERY, 6], ["string"]],
  ["bodies", [...BODY, 5, 1], ["#/definitions/Deployment"]],
  ["that bodies are required", [...BODY, 4], ["true"]],
  ["codes of answers", [...PATCH, 9, 1, 1], ["200", "401"]],
  ["types of answers", [...PATCH, 9, 1, 2, 1, 2, 1, 1], ["#/definitions/Deployment"]],
  ["extensions", [...PATCH, 13, 1], ["x-kubernetes-group-version-kind"]],
  ["their values", [...PATCH, 13, 2, 2], ['{"group":"apps","version":"v1","kind":"Deployment"}']],
];
test.each(encoded)("protobuf has %s", (_, path, values) => {
  expect(textsAt(encodePaths(v2).finish(), path)).toEqual([...values]);
});
