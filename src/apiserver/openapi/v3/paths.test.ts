import { expect, test } from "bun:test";
import type { Operation } from "../operations/operation.ts";
import { v3Paths } from "./paths.ts";

const TYPE = "com.example.v1.Thing";
const schema = { $ref: `#/components/schemas/${TYPE}` };

const create: Operation = {
  path: "/apis/example.com/v1/things",
  method: "post",
  name: "createThing",
  description: "create a Thing",
  parameters: [{ name: "dryRun", in: "query", type: "string", description: "Try it out." }],
  body: { type: TYPE, required: true },
  consumes: ["*/*"],
  produces: ["application/json", "application/yaml"],
  answers: [{ code: 201, message: "Created", type: TYPE }],
  action: "post",
  kind: { group: "example.com", version: "v1", kind: "Thing" },
};

test("v3Paths says what is sent and answered by media type", () => {
  expect(v3Paths([create])).toEqual({
    "/apis/example.com/v1/things": {
      parameters: [
        {
          name: "dryRun",
          in: "query",
          description: "Try it out.",
          schema: { type: "string", uniqueItems: true },
        },
      ],
      post: {
        tags: ["exampleCom_v1"],
        description: "create a Thing",
        operationId: "createExampleComV1Thing",
        requestBody: { content: { "*/*": { schema } }, required: true },
        responses: {
          201: {
            description: "Created",
            content: { "application/json": { schema }, "application/yaml": { schema } },
          },
          401: { description: "Unauthorized" },
        },
        "x-kubernetes-action": "post",
        "x-kubernetes-group-version-kind": { group: "example.com", version: "v1", kind: "Thing" },
      },
    },
  });
});

test("what may be left out is not required", () => {
  const remove: Operation = { ...create, method: "delete", body: { type: TYPE, required: false } };
  const item = v3Paths([remove])["/apis/example.com/v1/things"];
  expect(item?.["delete"]).toMatchObject({ requestBody: { content: { "*/*": { schema } } } });
  expect(item?.["delete"]).not.toHaveProperty("requestBody.required");
});
