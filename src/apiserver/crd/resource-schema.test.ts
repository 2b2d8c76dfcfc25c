import { describe, expect, test } from "bun:test";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { BuiltInSchemas } from "#api/schemas.ts";
import { Codec } from "#apimachinery/codec/codec.ts";
import { resourceSchema, schemaOf } from "./resource-schema.ts";

const meta = new BuiltInSchemas().ofType("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");
const gvk = { group: "example.com", version: "v1", kind: "Widget" };

function decode(spec: JSONSchemaProps, value: unknown): { spec: unknown; warnings: readonly string[] } {
  const schema = resourceSchema({ type: "object", properties: { spec } }, meta, "com.example.v1.Widget");
  const { object, warnings } = new Codec().decode(
    schema,
    { spec: value },
    { gvk, text: JSON.stringify({ spec: value }) },
  );
  return { spec: object["spec"], warnings };
}

describe("resourceSchema", () => {
  const text: JSONSchemaProps = { type: "string" };
  const open = { "x-kubernetes-preserve-unknown-fields": true };
  const cases: {
    name: string;
    schema: JSONSchemaProps;
    value: unknown;
    want: unknown;
    unknown?: string[];
  }[] = [
    {
      name: "unknown fields",
      schema: { type: "object", properties: { a: text } },
      value: { a: "", b: 1 },
      want: { a: "" },
      unknown: ["spec.b"],
    },
    {
      name: "everything in an object without properties",
      schema: { type: "object" },
      value: { a: 1 },
      want: {},
      unknown: ["spec.a"],
    },
    {
      name: "nothing of another type, nor nulls and empty values",
      schema: { type: "object", properties: { a: text, b: text, c: { type: "array", items: text } } },
      value: { a: 1, b: null, c: [] },
      want: { a: 1, b: null, c: [] },
    },
    {
      name: "nothing where unknown fields are kept",
      schema: { type: "object", ...open },
      value: { a: { b: [1] } },
      want: { a: { b: [1] } },
    },
    {
      name: "inside of what is declared in an open object",
      schema: { type: "object", ...open, properties: { a: { type: "object" } } },
      value: { a: { x: 1 }, b: 1 },
      want: { a: {}, b: 1 },
      unknown: ["spec.a.x"],
    },
    {
      name: "in the values of maps",
      schema: { type: "object", additionalProperties: { type: "object", properties: { a: text } } },
      value: { k: { a: "x", b: 1 } },
      want: { k: { a: "x" } },
      unknown: ["spec.k.b"],
    },
    {
      name: "in the elements of lists",
      schema: { type: "array", items: { type: "object", properties: { a: text } } },
      value: [{ b: 1 }],
      want: [{}],
      unknown: ["spec[0].b"],
    },
    { name: "nothing of an open value of any type", schema: open, value: [{ b: 1 }], want: [{ b: 1 }] },
    {
      name: "all but type and metadata of an embedded object",
      schema: {
        type: "object",
        "x-kubernetes-embedded-resource": true,
        properties: { spec: { type: "object" } },
      },
      value: { kind: "Pod", apiVersion: "v1", metadata: { name: "a" }, data: 1 },
      want: { kind: "Pod", apiVersion: "v1", metadata: { name: "a" } },
      unknown: ["spec.data"],
    },
  ];
  test.each(cases)("prunes $name", ({ schema, value, want, unknown = [] }) => {
    const { spec, warnings } = decode(schema, value);
    expect(spec).toEqual(want);
    expect(warnings).toEqual(unknown.map((field) => `unknown field "${field}"`));
  });

  test("keeps fields in the order in which they came", () => {
    const schema: JSONSchemaProps = { type: "object", properties: { a: text, b: text } };
    expect(JSON.stringify(decode(schema, { b: "1", a: "2" }).spec)).toBe('{"b":"1","a":"2"}');
  });

  test("refuses metadata of a wrong type", () => {
    const schema = resourceSchema(schemaOf({}), meta, "com.example.v1.Widget");
    expect(() => new Codec().decode(schema, { metadata: { labels: 1 } }, { gvk })).toThrow(
      "json: cannot unmarshal number into Go struct field ObjectMeta.labels of type map[string]string",
    );
  });
});
