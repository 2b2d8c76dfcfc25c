import { expect, test } from "bun:test";
import { toDefinitions } from "./definitions.ts";

test("turns components into definitions", () => {
  const definitions = toDefinitions({
    "test.v1.Thing": {
      type: "object",
      description: "A thing.",
      required: ["size"],
      properties: {
        size: { type: "integer", format: "int32", default: 0 },
        spec: {
          description: "Its spec.",
          default: {},
          allOf: [{ $ref: "#/components/schemas/test.v1.Spec" }],
        },
        list: { type: "array", items: { $ref: "#/components/schemas/test.v1.Spec" } },
        map: { type: "object", additionalProperties: { $ref: "#/components/schemas/test.v1.Spec" } },
        // A field that is called as a keyword.
        default: { type: "string" },
      },
      "x-kubernetes-group-version-kind": [{ group: "test", version: "v1", kind: "Thing" }],
    },
  });
  expect(definitions).toEqual({
    "test.v1.Thing": {
      type: "object",
      description: "A thing.",
      required: ["size"],
      properties: {
        size: { type: "integer", format: "int32" },
        spec: { description: "Its spec.", $ref: "#/definitions/test.v1.Spec" },
        list: { type: "array", items: { $ref: "#/definitions/test.v1.Spec" } },
        map: { type: "object", additionalProperties: { $ref: "#/definitions/test.v1.Spec" } },
        default: { type: "string" },
      },
      "x-kubernetes-group-version-kind": [{ group: "test", version: "v1", kind: "Thing" }],
    },
  });
});

test.each([
  { name: "io.k8s.apimachinery.pkg.api.resource.Quantity", form: { type: "string" } },
  {
    name: "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
    form: { type: "string", format: "int-or-string" },
  },
])("writes $name as a string", ({ name, form }) => {
  const component = { description: "d", oneOf: [{ type: "string" }, { type: "integer" }] };
  expect(toDefinitions({ [name]: component })).toEqual({ [name]: { description: "d", ...form } });
});
