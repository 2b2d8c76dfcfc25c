import { describe, expect, test } from "bun:test";
import type { JSONSchemaProps, ValidationRule } from "#api/generated/apiextensions-v1.ts";
import { formatFieldError } from "#apimachinery/field-error.ts";
import { ExpressionCompiler } from "./expression.ts";
import { ValidationRules } from "./validation-rules.ts";

const compiler = new ExpressionCompiler();
const integer: JSONSchemaProps = { type: "integer" };
const text: JSONSchemaProps = { type: "string" };

function errorsOf(spec: JSONSchemaProps, value: unknown, previous?: unknown): readonly string[] {
  const rules = new ValidationRules({ type: "object", properties: { spec } }, compiler);
  return rules
    .validate({ spec: value }, previous === undefined ? undefined : { spec: previous })
    .map(formatFieldError);
}

function withRules(...rules: readonly ValidationRule[]): JSONSchemaProps {
  return {
    type: "object",
    properties: {
      min: integer,
      max: integer,
      size: integer,
      name: text,
      "a-b": integer,
      namespace: text,
      when: { type: "string", format: "date-time" },
      ratio: { type: "number" },
    },
    "x-kubernetes-validations": rules,
  };
}

describe("ValidationRules", () => {
  const range = { rule: "self.min <= self.size && self.size <= self.max" };
  const cases: {
    name: string;
    schema: JSONSchemaProps;
    value: unknown;
    previous?: unknown;
    want: string[];
  }[] = [
    { name: "a rule that holds", schema: withRules(range), value: { min: 1, size: 2, max: 3 }, want: [] },
    {
      name: "a rule that does not hold",
      schema: withRules(range),
      value: { min: 1, size: 4, max: 3 },
      want: ["spec: Invalid value: failed rule: self.min <= self.size && self.size <= self.max"],
    },
    {
      name: "a message",
      schema: withRules({ ...range, message: " size is out of range " }),
      value: { min: 1, size: 4, max: 3 },
      want: ["spec: Invalid value: size is out of range"],
    },
    {
      name: "a computed message",
      schema: withRules({ ...range, messageExpression: "'size must not be ' + string(self.size)" }),
      value: { min: 1, size: 4, max: 3 },
      want: ["spec: Invalid value: size must not be 4"],
    },
    {
      name: "a computed message that fails",
      schema: withRules({ ...range, message: "no", messageExpression: "self.name" }),
      value: { min: 1, size: 4, max: 3 },
      want: ["spec: Invalid value: no"],
    },
    {
      name: "a reason and the path of a field",
      schema: withRules({
        rule: "has(self.name)",
        message: "name it",
        reason: "FieldValueRequired",
        fieldPath: ".name",
      }),
      value: {},
      want: ["spec.name: Required value: name it"],
    },
    {
      name: "a missing field",
      schema: withRules(range),
      value: { min: 1 },
      want: [
        'spec: Invalid value: "object": no such key: size evaluating rule: self.min <= self.size && self.size <= self.max',
      ],
    },
    {
      name: "types that do not fit",
      schema: withRules({ rule: "self.size < self.name" }),
      value: { size: 1, name: "a" },
      want: [
        "spec: Invalid value: \"object\": 'no such overload': call arguments did not match a supported operator, function or macro signature for rule: self.size < self.name",
      ],
    },
    {
      name: "names that are no identifiers",
      schema: withRules({ rule: "self.a__dash__b == 1 && self.__namespace__ == 'x'" }),
      value: { "a-b": 1, namespace: "x" },
      want: [],
    },
    {
      name: "times and fractions",
      schema: withRules({ rule: "self.when > timestamp('2026-01-01T00:00:00Z') && self.ratio == 2.0" }),
      value: { when: "2026-02-01T00:00:00Z", ratio: 2 },
      want: [],
    },
    {
      name: "a scalar",
      schema: { ...integer, "x-kubernetes-validations": [{ rule: "self > 0" }] },
      value: -1,
      want: ["spec: Invalid value: -1: failed rule: self > 0"],
    },
    {
      name: "elements and values",
      schema: {
        type: "object",
        additionalProperties: {
          type: "array",
          items: { ...text, "x-kubernetes-validations": [{ rule: "self != ''" }] },
        },
      },
      value: { a: ["x", ""] },
      want: ["spec[a][1]: Invalid value: \"\": failed rule: self != ''"],
    },
    {
      name: "a transition that is allowed",
      schema: withRules({ rule: "self.size >= oldSelf.size" }),
      value: { size: 2 },
      previous: { size: 1 },
      want: [],
    },
    {
      name: "a transition that is not",
      schema: withRules({ rule: "self.size >= oldSelf.size" }),
      value: { size: 1 },
      previous: { size: 2 },
      want: ["spec: Invalid value: failed rule: self.size >= oldSelf.size"],
    },
    {
      name: "a transition from nothing",
      schema: withRules({ rule: "self.size >= oldSelf.size" }),
      value: { size: 1 },
      want: [],
    },
    {
      name: "an optional old value that is not there",
      schema: withRules({ rule: "oldSelf.hasValue() ? true : self.size == 1", optionalOldSelf: true }),
      value: { size: 2 },
      want: ["spec: Invalid value: failed rule: oldSelf.hasValue() ? true : self.size == 1"],
    },
    {
      name: "an optional old value that is there",
      schema: withRules({ rule: "oldSelf.orValue(self).size == self.size", optionalOldSelf: true }),
      value: { size: 2 },
      previous: { size: 2 },
      want: [],
    },
    {
      name: "nothing of what has not changed",
      schema: withRules({ rule: "self.size > 3" }),
      value: { size: 2 },
      previous: { size: 2 },
      want: [],
    },
    {
      name: "a rule that makes no sense",
      schema: withRules({ rule: "nothing(self)" }),
      value: {},
      want: [
        "spec: Invalid value: \"object\": rule compile error: compilation failed: undeclared reference to 'nothing' (in container '')",
      ],
    },
  ];
  test.each(cases)("judges $name", ({ schema, value, previous, want }) => {
    expect(errorsOf(schema, value, previous)).toEqual(want);
  });

  test("knows the elements of a list with keys again", () => {
    const schema: JSONSchemaProps = {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
      items: withRules({ rule: "self.size >= oldSelf.size", message: "shrinks" }),
    };
    const value = [
      { name: "new", size: 0 },
      { name: "a", size: 1 },
    ];
    expect(errorsOf(schema, value, [{ name: "a", size: 2 }])).toEqual(["spec[1]: Invalid value: shrinks"]);
  });

  test("sees the name of an object", () => {
    const schema: JSONSchemaProps = {
      type: "object",
      "x-kubernetes-validations": [{ rule: "self.metadata.name.startsWith('a')" }],
    };
    const rules = new ValidationRules(schema, compiler);
    expect(rules.validate({ metadata: { name: "ab" } }, undefined)).toEqual([]);
    expect(rules.validate({ metadata: { name: "b" } }, undefined)).toHaveLength(1);
  });
});
