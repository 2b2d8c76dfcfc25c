import { describe, expect, test } from "bun:test";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { BuiltInSchemas } from "#api/schemas.ts";
import { formatFieldError } from "#apimachinery/field-error.ts";
import { checkDefaults } from "./check-defaults.ts";

const meta = new BuiltInSchemas().ofType("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");
const text: JSONSchemaProps = { type: "string" };
const foo: JSONSchemaProps = { type: "object", properties: { foo: text } };
const embedded: JSONSchemaProps = { ...foo, "x-kubernetes-embedded-resource": true };
const open = { "x-kubernetes-preserve-unknown-fields": true };
const typeMeta = { apiVersion: "foo/v1", kind: "v1" };

function problemsOf(property: JSONSchemaProps): readonly string[] {
  const schema: JSONSchemaProps = { type: "object", properties: { a: property } };
  return checkDefaults(schema, "s", meta).map((error) =>
    formatFieldError(error).replace("s.properties[a]", "a"),
  );
}

/** An embedded object whose metadata has this schema. */
function withMeta(metadata: JSONSchemaProps): JSONSchemaProps {
  return { type: "object", "x-kubernetes-embedded-resource": true, properties: { metadata } };
}

describe("checkDefaults", () => {
  test.each<readonly [string, JSONSchemaProps, readonly string[]]>([
    ["a number", { type: "number", default: 42 }, []],
    [
      "a field that is unknown",
      { ...foo, default: { foo: "abc", bar: 42 } },
      ['a.default: Invalid value: {"bar":42,"foo":"abc"}: must not have unknown fields'],
    ],
    ["fields that are known", { ...foo, default: { foo: "abc" } }, []],
    [
      "a field of another type",
      { ...foo, default: { foo: 42 } },
      ['a.default.foo: Invalid value: "integer": foo in body must be of type string: "integer"'],
    ],
    [
      "a field that does not match",
      { type: "object", properties: { bad: { ...text, pattern: "b" } }, default: { bad: "a" } },
      ["a.default.bad: Invalid value: \"a\": bad in body should match 'b'"],
    ],
    [
      "an unknown field in an object of which the one around keeps unknown ones",
      { ...open, type: "object", properties: { b: { type: "object", default: { x: 1 } } } },
      ['a.properties[b].default: Invalid value: {"x":1}: must not have unknown fields'],
    ],
    ["a whole object", { ...embedded, default: { ...typeMeta, foo: "x", metadata: { name: "x" } } }, []],
    [
      "a whole object with unknown fields where they are kept, and in its metadata",
      { ...embedded, ...open, default: { ...typeMeta, bar: 1, metadata: { unspecified: "bar" } } },
      [],
    ],
    [
      "an object without its kind",
      { ...embedded, default: { apiVersion: "v1" } },
      ["a.default.kind: Required value"],
    ],
    [
      "an object of no kind",
      { ...embedded, default: { apiVersion: "v1", kind: 3 } },
      ["a.default.kind: Invalid value: 3: must be a string"],
    ],
    [
      "metadata that is none",
      { ...embedded, default: { ...typeMeta, metadata: { labels: 1 } } },
      [
        'a.default.metadata: Invalid value: {"labels":1}: json: cannot unmarshal number into Go struct field ObjectMeta.labels of type map[string]string',
      ],
    ],
    [
      "valid parts of metadata",
      withMeta({ type: "object", properties: { name: { ...text, default: "foo" } } }),
      [],
    ],
    [
      "labels that cannot be",
      withMeta({ type: "object", default: { labels: { bar: "x y" } } }),
      [
        "a.properties[metadata].default: Invalid value: {\"labels\":{\"bar\":\"x y\"}}: must result in valid metadata: metadata.labels: Invalid value: \"x y\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      ],
    ],
    [
      "a name that is no text",
      withMeta({ type: "object", properties: { name: { ...text, default: 42 } } }),
      [
        'a.properties[metadata].properties[name].default: Invalid value: 42: must result in valid metadata: metadata: Invalid value: {"name":42}: json: cannot unmarshal number into Go struct field ObjectMeta.name of type string',
      ],
    ],
    [
      "a kind that cannot be",
      {
        type: "object",
        "x-kubernetes-embedded-resource": true,
        properties: { kind: { ...text, default: "%" } },
      },
      [
        "a.properties[kind].default: Invalid value: \"%\": must result in valid metadata: kind: Invalid value: \"%\": may have mixed case, but should otherwise match: a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
      ],
    ],
    [
      "a default of items",
      { type: "array", items: { ...foo, default: { bar: 1 } } },
      ['a.items.default: Invalid value: {"bar":1}: must not have unknown fields'],
    ],
  ])("judges %s", (_name, schema, problems) => {
    expect(problemsOf(schema)).toEqual([...problems]);
  });
});
