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
      want: [
        'spec: Invalid value: "number": spec in body must be of type integer: "number"',
        '<nil>: Invalid value: "": Checked value must be of type integer (default format) in spec',
      ],
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
      name: "the one of several that fits best",
      schema: {
        oneOf: [
          { properties: { a: text, b: text } },
          { properties: { a: { type: "integer" }, b: { ...text, enum: ["x"] } }, required: ["c"] },
        ],
      },
      value: { a: 1, b: "x" },
      want: [
        '<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found none valid',
        "spec.c: Required value",
      ],
    },
    {
      name: "a fraction as a number or a text, in the words of both",
      schema: { "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, text] },
      value: 1.2,
      want: [
        'spec: Invalid value: "number": spec in body must be of type integer,string: "number"',
        '<nil>: Invalid value: "": "spec" must validate at least one schema (anyOf)',
        'spec: Invalid value: "number": spec in body must be of type integer: "number"',
        '<nil>: Invalid value: "": Checked value must be of type integer (default format) in spec',
      ],
    },
    {
      name: "something else as a number or a text, as the first of all",
      schema: { "x-kubernetes-int-or-string": true, allOf: [{ anyOf: [{ type: "integer" }, text] }] },
      value: {},
      want: [
        'spec: Invalid value: "object": spec in body must be of type integer,string: "object"',
        '<nil>: Invalid value: "": "spec" must validate at least one schema (anyOf)',
        'spec: Invalid value: "object": spec in body must be of type integer: "object"',
        '<nil>: Invalid value: "": "spec" must validate all the schemas (allOf). None validated',
      ],
    },
    {
      name: "a null that is not in an enumeration, as none is",
      schema: { ...text, nullable: true, enum: ["a", null] },
      value: null,
      want: ['spec: Unsupported value: null: supported values: "a", "null"'],
    },
    {
      name: "a number as a text in a format",
      schema: { ...text, format: "date-time" },
      value: 3,
      want: ['spec: Invalid value: "int64": spec in body must be of type date-time: "int64"'],
    },
    { name: "a list as a text in a format", schema: { ...text, format: "date" }, value: [1], want: [] },
    {
      name: "a truth as a number in a format",
      schema: { type: "integer", format: "int32" },
      value: true,
      want: ['spec: Invalid value: "": spec in body must be of type int32: ""'],
    },
    {
      name: "a number that is too large for its format",
      schema: { type: "integer", format: "int32" },
      value: 2 ** 31,
      want: ['<nil>: Invalid value: "": Checked value must be of type integer with format int32 in spec'],
    },
    {
      name: "a number that is too large for any",
      schema: { type: "integer", format: "int64" },
      value: 2 ** 63 * 1.1,
      want: [
        'spec: Invalid value: "float64": spec in body must be of type int64: "float64"',
        '<nil>: Invalid value: "": Checked value must be of type integer with format int64 in spec',
      ],
    },
    {
      name: "the largest whole number",
      schema: { type: "integer", minimum: 2 ** 62 },
      value: 2n ** 63n - 1n,
      want: [],
    },
    {
      name: "a whole number that is larger",
      schema: { type: "integer" },
      value: 2 ** 63,
      want: [
        'spec: Invalid value: "number": spec in body must be of type integer: "number"',
        '<nil>: Invalid value: "": Checked value must be of type integer (default format) in spec',
      ],
    },
    {
      name: "a number that is larger than a limit by little",
      schema: { type: "integer", maximum: 2 ** 53 },
      value: 2n ** 53n + 1n,
      want: [
        "spec: Invalid value: 9007199254740993: spec in body should be less than or equal to 9007199254740992",
      ],
    },
    {
      name: "a long number for a short format",
      schema: { type: "integer", format: "int32" },
      value: 2n ** 53n,
      want: ['<nil>: Invalid value: "": Checked value must be of type integer with format int32 in spec'],
    },
    {
      name: "a long number that is a multiple, and one that is none",
      schema: { type: "array", items: { type: "integer", multipleOf: 2 } },
      value: [2n ** 60n, 2n ** 60n + 1n],
      want: ["spec[1]: Invalid value: 1152921504606846977: spec[1] in body should be a multiple of 2"],
    },
    {
      name: "a fraction that is too large for its format",
      schema: { type: "number", format: "float" },
      value: 1e39,
      want: ['<nil>: Invalid value: "": Checked value must be of type number with format float in spec'],
    },
    {
      name: "a limit that no value of the type has",
      schema: { type: "integer", maximum: 2.5 },
      value: 3,
      want: [
        '<nil>: Invalid value: "": Maximum boundary value must be of type integer (default format) in spec',
        "spec: Invalid value: 3: spec in body should be less than or equal to 2.5",
      ],
    },
    {
      name: "a whole number by the whole part of a limit",
      schema: { type: "number", minimum: 2.5, maximum: 3.5 },
      value: 4,
      want: ["spec: Invalid value: 4: spec in body should be less than or equal to 3"],
    },
    {
      name: "a whole number by the whole part of its steps",
      schema: { type: "number", multipleOf: 0.5 },
      value: 3,
      want: ["spec: Invalid value: 0: factor MultipleOf declared for spec must be positive: 0"],
    },
    {
      name: "a fraction of the right steps",
      schema: { type: "number", multipleOf: 0.01 },
      value: 0.35,
      want: [],
    },
    {
      name: "a pattern that makes no sense",
      schema: { ...text, pattern: "+" },
      value: "foo",
      want: [
        "spec: Invalid value: \"foo\": spec in body should match '+, but pattern is invalid: error parsing regexp: missing argument to repetition operator: `+`'",
      ],
    },
    {
      name: "too few and too many fields",
      schema: {
        type: "object",
        minProperties: 3,
        maxProperties: 1,
        "x-kubernetes-preserve-unknown-fields": true,
      },
      value: { a: 1, b: 2 },
      want: [
        "spec: Invalid value: 2: spec in body should have at least 3 properties",
        "spec: Too many: 2: must have at most 1 item",
      ],
    },
    {
      name: "a field where none may be",
      schema: { type: "object", additionalProperties: false, properties: { a: text } },
      value: { a: "x", b: 1 },
      want: ['spec: Invalid value: "b": spec.b in body is a forbidden property'],
    },
    {
      name: "what is none of some objects, in the order of the names in them",
      schema: { enum: [{ b: 1, a: 2 }] },
      value: { b: 1, a: 3 },
      want: ['spec: Unsupported value: {"a":3,"b":1}: supported values: "{\\"a\\":2,\\"b\\":1}"'],
    },
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

  test("lets nothing pass inside of combinations, nor what it does not know", () => {
    const schema: JSONSchemaProps = {
      type: "object",
      properties: { a: text, b: text },
      allOf: [{ properties: { a: { minLength: 3 } } }],
    };
    expect(errorsOf(schema, { a: "x", b: "new" }, { a: "x" })).toHaveLength(2);
    expect(errorsOf(schema, { a: "x" }, { a: "x" })).toEqual([]);
    const open: JSONSchemaProps = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
    const limited = { ...open, maxProperties: 1 };
    expect(errorsOf(limited, { a: 1, b: 2 }, { a: 1, b: 2 })).toHaveLength(1);
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
