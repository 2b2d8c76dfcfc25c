import { describe, expect, test } from "bun:test";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { formatFieldError } from "#apimachinery/field-error.ts";
import { validateValue } from "./validate-value.ts";

const errorsOf = (schema: JSONSchemaProps, value: unknown, previous?: unknown): readonly string[] =>
  validateValue(schema, { path: "spec", value, previous }).map(formatFieldError);

const text: JSONSchemaProps = { type: "string" };
const anyOf: JSONSchemaProps = { anyOf: [{ required: ["a"] }, { required: ["b"] }] };

describe("validateValue", () => {
  const cases: { name: string; schema: JSONSchemaProps; value: unknown; want: string[] }[] = [
    {
      name: "a number as a text",
      schema: { type: "integer" },
      value: "3",
      want: ['spec: Invalid value: "string": spec in body must be of type integer: "string"'],
    },
    { name: "a whole number as a number", schema: { type: "number" }, value: 3, want: [] },
    {
      name: "a fraction as a whole number",
      schema: { type: "integer" },
      value: 1.5,
      want: ['spec: Invalid value: "number": spec in body must be of type integer: "number"'],
    },
    {
      name: "a null",
      schema: text,
      value: null,
      want: ['spec: Invalid value: "null": spec in body must be of type string: "null"'],
    },
    { name: "a null where one may be", schema: { ...text, nullable: true }, value: null, want: [] },
    {
      name: "neither a number nor a text",
      schema: { "x-kubernetes-int-or-string": true },
      value: true,
      want: ['spec: Invalid value: "boolean": spec in body must be of type integer,string: "boolean"'],
    },
    {
      name: "a missing field",
      schema: { type: "object", required: ["name"] },
      value: {},
      want: ["spec.name: Required value"],
    },
    {
      name: "a value outside of an enumeration",
      schema: { ...text, enum: ["a", "b"] },
      value: "c",
      want: ['spec: Unsupported value: "c": supported values: "a", "b"'],
    },
    {
      name: "a text that is too long",
      schema: { ...text, maxLength: 2 },
      value: "abc",
      want: ["spec: Too long: may not be more than 2 bytes"],
    },
    {
      name: "a text that is too short",
      schema: { ...text, minLength: 2 },
      value: "a",
      want: ['spec: Invalid value: "a": spec in body should be at least 2 chars long'],
    },
    {
      name: "a text that does not match",
      schema: { ...text, pattern: "^(?i)a+$" },
      value: "b",
      want: ["spec: Invalid value: \"b\": spec in body should match '^(?i)a+$'"],
    },
    {
      name: "a text in another format",
      schema: { ...text, format: "date-time" },
      value: "today",
      want: ['spec: Invalid value: "today": spec in body must be of type date-time: "today"'],
    },
    { name: "a text in an unknown format", schema: { ...text, format: "color" }, value: "x", want: [] },
    {
      name: "a number below and off the steps",
      schema: { type: "integer", minimum: 4, multipleOf: 2 },
      value: 3,
      want: [
        "spec: Invalid value: 3: spec in body should be a multiple of 2",
        "spec: Invalid value: 3: spec in body should be greater than or equal to 4",
      ],
    },
    {
      name: "a number at an exclusive limit",
      schema: { type: "number", maximum: 4, exclusiveMaximum: true },
      value: 4,
      want: ["spec: Invalid value: 4: spec in body should be less than 4"],
    },
    {
      name: "items that are wrong, and too many",
      schema: { type: "array", items: text, maxItems: 1 },
      value: ["a", 1],
      want: [
        'spec[1]: Invalid value: "integer": spec[1] in body must be of type string: "integer"',
        "spec: Too many: 2: must have at most 1 item",
      ],
    },
    {
      name: "values of a map",
      schema: { type: "object", additionalProperties: text },
      value: { a: 1 },
      want: ['spec.a: Invalid value: "integer": spec.a in body must be of type string: "integer"'],
    },
    {
      name: "none of several",
      schema: anyOf,
      value: {},
      want: [
        '<nil>: Invalid value: "": "spec" must validate at least one schema (anyOf)',
        "spec.a: Required value",
      ],
    },
    { name: "one of several", schema: anyOf, value: { b: 1 }, want: [] },
    {
      name: "two of which there may be one",
      schema: { oneOf: [{ required: ["a"] }, { required: ["b"] }] },
      value: { a: 1, b: 1 },
      want: [
        '<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found 2 valid alternatives',
      ],
    },
    {
      name: "what must not be",
      schema: { not: { required: ["a"] } },
      value: { a: 1 },
      want: ['<nil>: Invalid value: "": "spec" must not validate the schema (not)'],
    },
  ];

  test.each(cases)("judges $name", ({ schema, value, want }) => {
    expect(errorsOf(schema, value)).toEqual(want);
  });

  test("lets pass what has not changed", () => {
    const schema: JSONSchemaProps = { type: "object", properties: { a: text, b: text } };
    expect(errorsOf(schema, { a: 1, b: 2 }, { a: 1, b: "x" })).toEqual([
      'spec.b: Invalid value: "integer": spec.b in body must be of type string: "integer"',
    ]);
  });

  test("knows the elements of a list with keys again, and those of no other list", () => {
    const items: JSONSchemaProps = { type: "object", properties: { name: text, size: { type: "integer" } } };
    const keyed: JSONSchemaProps = {
      type: "array",
      items,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
    };
    const [old, added] = [{ name: "a", size: "big" }, { name: "b" }];
    expect(errorsOf(keyed, [added, old], [old])).toEqual([]);
    expect(errorsOf({ type: "array", items }, [added, old], [old])).toHaveLength(1);
  });
});
