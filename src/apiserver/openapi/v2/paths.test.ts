import { describe, expect, test } from "bun:test";
import type { Operation, Parameter } from "../operations/operation.ts";
import { v2Paths } from "./paths.ts";
import { SharedParameters } from "./shared-parameters.ts";

const META = "io.k8s.apimachinery.pkg.apis.meta.v1";
const name: Parameter = { name: "name", in: "path", type: "string", description: "name of the Thing" };
const dryRun: Parameter = { name: "dryRun", in: "query", type: "string" };
const watch: Parameter = { name: "watch", in: "query", type: "boolean" };

const patch: Operation = {
  path: "/apis/example.com/v1/things/{name}",
  method: "patch",
  name: "patchThing",
  description: "partially update the specified Thing",
  parameters: [name, watch, dryRun],
  body: { type: `${META}.Patch`, required: true },
  consumes: ["application/json-patch+json"],
  produces: ["application/json"],
  answers: [{ code: 200, message: "OK", type: "com.example.v1.Thing" }],
  action: "patch",
  kind: { group: "example.com", version: "v1", kind: "Thing" },
};

describe("v2Paths", () => {
  test("has bodies among the parameters, and media types apart", () => {
    const shared = new SharedParameters();
    const get: Operation = { ...patch, method: "get", name: "readThing", parameters: [name], answers: [] };
    const { [patch.path]: item } = v2Paths([patch, get], shared);
    expect(item).toMatchObject({
      parameters: [{ name: "name", in: "path", required: true, type: "string", uniqueItems: true }],
      patch: {
        description: "partially update the specified Thing",
        consumes: ["application/json-patch+json"],
        produces: ["application/json"],
        schemes: ["https"],
        tags: ["exampleCom_v1"],
        operationId: "patchExampleComV1Thing",
        parameters: [
          { $ref: "#/parameters/body-78PwaGsr" },
          { name: "dryRun", in: "query", type: "string", uniqueItems: true },
          { $ref: expect.stringMatching(/^#\/parameters\/watch-.{8}$/) as string },
        ],
        responses: {
          200: { description: "OK", schema: { $ref: "#/definitions/com.example.v1.Thing" } },
          401: { description: "Unauthorized" },
        },
        "x-kubernetes-action": "patch",
        "x-kubernetes-group-version-kind": { group: "example.com", version: "v1", kind: "Thing" },
      },
    });
    expect(Object.keys(shared.documents())).toEqual(["body-78PwaGsr", expect.stringContaining("watch-")]);
  });

  test("answers texts as such", () => {
    const log: Operation = { ...patch, answers: [{ code: 200, message: "OK", type: "string" }] };
    const { [patch.path]: item } = v2Paths([log], new SharedParameters());
    expect(item?.["patch"]).toMatchObject({ responses: { 200: { schema: { type: "string" } } } });
  });
});

describe("SharedParameters", () => {
  // Names of Kubernetes' own document.
  test.each([
    ["body-2Y1dVQaQ", { name: "body", in: "body", schema: { $ref: `#/definitions/${META}.DeleteOptions` } }],
    [
      "namespace-vgWSWtn3",
      {
        uniqueItems: true,
        type: "string",
        description: "object name and auth scope, such as for teams and projects",
        name: "namespace",
        in: "path",
        required: true,
      },
    ],
  ])("calls it %s", (expected, parameter) => {
    const shared = new SharedParameters();
    expect(shared.refer(parameter)).toEqual({ $ref: `#/parameters/${expected}` });
    expect(shared.documents()).toEqual({ [expected]: parameter });
  });

  test.each([
    ["names", { name: "name", in: "path" }],
    ["what kubectl looks for", { name: "fieldValidation", in: "query" }],
    [
      "bodies of a kind",
      { name: "body", in: "body", schema: { $ref: "#/definitions/io.k8s.api.core.v1.Pod" } },
    ],
  ])("leaves %s where they are", (_, parameter) => {
    expect(new SharedParameters().refer(parameter)).toBe(parameter);
  });
});
