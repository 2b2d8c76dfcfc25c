import { describe, expect, test } from "bun:test";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { BuiltInSchemas } from "#api/schemas.ts";
import { pathsOf } from "#apimachinery/apply/field-set.ts";
import { formatPath } from "#apimachinery/apply/path-element.ts";
import { toFieldSet } from "#apimachinery/apply/to-field-set.ts";
import { validateTyped } from "#apimachinery/apply/validate-typed.ts";
import { resourceSchema } from "./resource-schema.ts";

const meta = new BuiltInSchemas().ofType("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");

const text: JSONSchemaProps = { type: "string" };
const open: JSONSchemaProps = { "x-kubernetes-preserve-unknown-fields": true };
const object = (
  properties?: Record<string, JSONSchemaProps>,
  more: JSONSchemaProps = {},
): JSONSchemaProps => ({
  type: "object",
  ...(properties && { properties }),
  ...more,
});
const list = (items: JSONSchemaProps, more: JSONSchemaProps = {}): JSONSchemaProps => ({
  type: "array",
  items,
  ...more,
});

interface Case {
  readonly what: string;
  readonly schema: JSONSchemaProps;
  readonly value: unknown;
  /** The paths that an applier owns, or what is wrong. */
  readonly owned?: readonly string[];
  readonly problem?: string;
}

const INT_OR_STRING: JSONSchemaProps = { "x-kubernetes-int-or-string": true };

const cases: readonly Case[] = [
  { what: "a declared field", schema: object({ a: text }), value: { a: "x" }, owned: [".spec.a"] },
  {
    what: "a field that is not declared",
    schema: object({ a: text }),
    value: { b: 1 },
    problem: ".spec.b: field not declared in schema",
  },
  {
    what: "a field of an object without properties",
    schema: object(),
    value: { b: { c: 1 } },
    owned: [".spec.b", ".spec.b.c"],
  },
  {
    what: "a field where they are preserved",
    schema: object({ a: text }, open),
    value: { b: { c: [1] } },
    owned: [".spec.b", ".spec.b.c"],
  },
  {
    what: "a field below where they are preserved",
    schema: object({ a: object({ b: text }) }, open),
    value: { a: { c: 1 } },
    owned: [".spec.a.c"],
  },
  {
    what: "a field of list elements below where they are preserved",
    schema: object(
      {
        a: list(object({ k: text }), {
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["k"],
        }),
      },
      open,
    ),
    value: { a: [{ k: "1", c: 1 }] },
    owned: ['.spec.a[k="1"]', '.spec.a[k="1"].c', '.spec.a[k="1"].k'],
  },
  {
    what: "a field beside one where they are preserved",
    schema: object({ a: object({}, open), b: object({ c: text }) }),
    value: { b: { d: 1 } },
    problem: ".spec.b.d: field not declared in schema",
  },
  {
    what: "a wrong scalar",
    schema: text,
    value: 1,
    problem: ".spec: expected string, got &value.valueUnstructured{Value:1}",
  },
  {
    what: "any scalar for a text with a format",
    schema: { ...text, format: "ipv4" },
    value: 1,
    owned: [".spec"],
  },
  {
    what: "an object for a text with a format",
    schema: { ...text, format: "date-time" },
    value: {},
    problem: ".spec: expected any scalar, got &{map[]}",
  },
  {
    what: "a number for bytes",
    schema: { ...text, format: "byte" },
    value: 1,
    problem: ".spec: expected string, got &value.valueUnstructured{Value:1}",
  },
  { what: "a fraction for an integer", schema: { type: "integer" }, value: 1.5, owned: [".spec"] },
  { what: "an int or string", schema: INT_OR_STRING, value: "50%", owned: [".spec"] },
  { what: "an object for an int or string", schema: INT_OR_STRING, value: { a: 1 }, owned: [".spec.a"] },
  {
    what: "entries of a map",
    schema: object(undefined, { additionalProperties: text }),
    value: { a: "x", b: "y" },
    owned: [".spec.a", ".spec.b"],
  },
  {
    what: "wrong entries of a map",
    schema: object(undefined, { additionalProperties: text }),
    value: { a: {} },
    problem: ".spec.a: expected string, got &value.valueUnstructured{Value:map[string]interface {}{}}",
  },
  {
    what: "entries that may be anything",
    schema: object(undefined, { additionalProperties: true }),
    value: { a: { b: 1 }, c: 1 },
    owned: [".spec.a", ".spec.c", ".spec.a.b"],
  },
  {
    what: "an atomic object",
    schema: object({ a: text }, { "x-kubernetes-map-type": "atomic" }),
    value: { a: "x" },
    owned: [".spec"],
  },
  { what: "a list, atomic by default", schema: list(text), value: ["a"], owned: [".spec"] },
  {
    what: "a set",
    schema: list(text, { "x-kubernetes-list-type": "set" }),
    value: ["a", "b"],
    owned: ['.spec[="a"]', '.spec[="b"]'],
  },
  {
    what: "what a set has twice",
    schema: list(text, { "x-kubernetes-list-type": "set" }),
    value: ["a", "a"],
    problem: '.spec: duplicate entries for key [="a"]',
  },
  {
    what: "list elements with a default for a key",
    schema: list(object({ port: { type: "integer" }, protocol: { ...text, default: "TCP" } }), {
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["port", "protocol"],
    }),
    value: [{ port: 1 }, { port: 1, protocol: "UDP" }],
    owned: [
      '.spec[port=1,protocol="TCP"]',
      '.spec[port=1,protocol="UDP"]',
      '.spec[port=1,protocol="TCP"].port',
      '.spec[port=1,protocol="UDP"].port',
      '.spec[port=1,protocol="UDP"].protocol',
    ],
  },
  {
    what: "a list element without a key",
    schema: list(object({ a: text, b: text }), {
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["a"],
    }),
    value: [{ b: "x" }],
    problem:
      '.spec: element 0: associative list with keys has an element that omits all key fields ["a"] (and doesn\'t have default values for any key fields)',
  },
  {
    what: "an embedded object",
    schema: object(undefined, { ...open, "x-kubernetes-embedded-resource": true }),
    value: { apiVersion: "v1", kind: "Pod", metadata: { name: "a", labels: { b: "c" } }, spec: { x: 1 } },
    owned: [
      ".spec.apiVersion",
      ".spec.kind",
      ".spec.spec",
      ".spec.metadata.name",
      ".spec.metadata.labels.b",
      ".spec.spec.x",
    ],
  },
  {
    what: "metadata of an embedded object",
    schema: object(undefined, { ...open, "x-kubernetes-embedded-resource": true }),
    value: { metadata: { labels: 1 } },
    problem: ".spec.metadata.labels: expected map, got &{1}",
  },
  { what: "anything", schema: open, value: { a: [{ b: 1 }], c: 1 }, owned: [".spec.a", ".spec.c"] },
  {
    what: "a scalar that may be anything with properties",
    schema: { ...open, properties: { a: text } },
    value: 1,
    owned: [".spec"],
  },
];

describe("server-side apply to a custom resource with", () => {
  test.each(cases.map((each) => [each.what, each] as const))(
    "%s",
    (_what, { schema, value, owned, problem }) => {
      const root = resourceSchema(
        { type: "object", properties: { spec: schema } },
        meta,
        "com.example.v1.Widget",
      );
      const applied = { spec: value };
      expect(validateTyped(root, applied)).toEqual(problem === undefined ? [] : [problem]);
      if (owned !== undefined) expect(pathsOf(toFieldSet(root, applied)).map(formatPath)).toEqual([...owned]);
    },
  );
});
