import { describe, expect, test } from "bun:test";
import type { JSONSchemaProps, ValidationRule } from "#api/generated/apiextensions-v1.ts";
import { formatFieldError } from "#apimachinery/field-error.ts";
import { createKubernetesEnvironment } from "../../cel/kubernetes-environment.ts";
import { ExpressionCompiler } from "./expression-compiler.ts";
import { ruleTree } from "./rule-tree.ts";
import { type Findings, RUNTIME_COST_BUDGET, validateRules, wholePlace } from "./validation-rules.ts";

const compiler = new ExpressionCompiler(createKubernetesEnvironment());
const STRING = { type: "string" } as const;
const INTEGER = { type: "integer" } as const;

interface Run {
  readonly value: unknown;
  readonly previous?: unknown;
  readonly budget?: number;
}

function findingsOf(schema: JSONSchemaProps, { value, previous, budget }: Run): Findings {
  const tree = ruleTree(schema, compiler, false);
  if (tree === undefined) throw new Error("The schema has no rules");
  return validateRules(tree, { ...wholePlace(schema, value, previous), path: "root" }, budget);
}

function errorsOf(schema: JSONSchemaProps, run: Run): readonly string[] {
  return findingsOf(schema, run).errors.map(formatFieldError);
}

function withRules(schema: JSONSchemaProps, ...rules: readonly ValidationRule[]): JSONSchemaProps {
  return { ...schema, "x-kubernetes-validations": [...rules] };
}

function objectOf(properties: Readonly<Record<string, JSONSchemaProps>>): JSONSchemaProps {
  return { type: "object", properties };
}

describe("what is said of a violation", () => {
  const object = { f: { m: 1 } };
  const withF = (rule: ValidationRule) => objectOf({ f: withRules(objectOf({ m: INTEGER }), rule) });
  const rule = "self.m == 2";
  test.each<[string, ValidationRule, string]>([
    ["the rule", { rule }, "root.f: Invalid value: failed rule: self.m == 2"],
    ["its message", { rule, message: " must be 2 " }, "root.f: Invalid value: must be 2"],
    [
      "what its expression gives",
      { rule, message: "unseen", messageExpression: "'not ' + string(self.m)" },
      "root.f: Invalid value: not 1",
    ],
    ["the field", { rule, fieldPath: ".m" }, "root.f.m: Invalid value: failed rule: self.m == 2"],
    ["a reason", { rule, reason: "FieldValueForbidden" }, "root.f: Forbidden: failed rule: self.m == 2"],
    [
      "that something is missing",
      { rule, reason: "FieldValueRequired" },
      `root.f: Required value: failed rule: ${rule}`,
    ],
    ["that it is there twice", { rule, reason: "FieldValueDuplicate" }, "root.f: Duplicate value"],
  ])("%s", (_name, each, want) => {
    expect(errorsOf(withF(each), { value: object })).toEqual([want]);
  });

  test("names values that are no containers", () => {
    const schema = objectOf({ s: withRules(STRING, { rule: "self == 'a'" }) });
    expect(errorsOf(schema, { value: { s: "b" } })).toEqual([
      `root.s: Invalid value: "b": failed rule: self == 'a'`,
    ]);
  });

  test("comes in the order of the rules, from outside to inside", () => {
    const inner = withRules(STRING, { rule: "self == 'a'", message: "third" });
    const rules = [
      { rule: "false", message: "first" },
      { rule: "1 > 2", message: "second" },
    ];
    const schema = withRules(objectOf({ s: inner }), ...rules);
    expect(errorsOf(schema, { value: { s: "b" } })).toEqual([
      "root: Invalid value: first",
      "root: Invalid value: second",
      `root.s: Invalid value: "b": third`,
    ]);
  });
});

describe("an expression for a message", () => {
  const schemaWith = (messageExpression: string, message?: string) =>
    withRules(objectOf({ str: STRING }), {
      rule: "false",
      messageExpression,
      ...(message !== undefined && { message }),
    });
  const value = { str: "a string" };

  test.each<[string, string, string, number]>([
    ["that is only text", `"static string"`, "static string", 0],
    ["that is about the value", `"str1 " + self.str`, "str1 a string", 4],
    ["that fails", `"str1 " + ["a", "b", "c", "d"][4]`, "plain", 3],
    ["with a line break", String.raw`"a\nb"`, "plain", 0],
    ["that is long", `"${"a".repeat(5121)}"`, "plain", 0],
    ["of spaces", `string("   ")`, "plain", 0],
    ["that is no text", "true", "plain", 0],
    ["that makes no sense", "nothing", "plain", 0],
  ])("%s", (_name, messageExpression, want, cost) => {
    const { errors, budget } = findingsOf(schemaWith(messageExpression, "plain"), { value, budget: 50 });
    expect(errors.map(formatFieldError)).toEqual([`root: Invalid value: ${want}`]);
    expect(50 - budget).toBe(cost);
  });

  test("that costs more than is left ends validation", () => {
    const { errors, budget } = findingsOf(schemaWith(`"a" + self.str + "b"`), { value, budget: 2 });
    expect(errors.map(formatFieldError)).toEqual([
      'root: Invalid value: "object": messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run',
    ]);
    expect(budget).toBe(-1);
  });

  test("that costs more than one call may ends validation", () => {
    const schema = withRules(
      { type: "array", items: INTEGER },
      { rule: "false", messageExpression: "string(self.all(x, self.all(y, x == y)))" },
      { rule: "false" },
    );
    expect(errorsOf(schema, { value: Array.from({ length: 1000 }, () => 1) })).toEqual([
      'root: Invalid value: "array": no further validation rules will be run due to call cost exceeds limit for messageExpression: "string(self.all(x, self.all(y, x == y)))"',
    ]);
  });
});

describe("the limits of cost", () => {
  const dear = { rule: "self.all(x, self.all(y, x == y))" };
  const list: JSONSchemaProps = { type: "array", items: INTEGER };

  test("end a rule that costs too much, and all others", () => {
    const schema = withRules(list, dear, { rule: "false" });
    expect(errorsOf(schema, { value: Array.from({ length: 1000 }, () => 1) })).toEqual([
      `root: Invalid value: "array": 'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: ${dear.rule}`,
    ]);
  });

  test("end rules that cost too much together", () => {
    const items = withRules(list, dear);
    const schema: JSONSchemaProps = { type: "array", items };
    const row = Array.from({ length: 300 }, () => 1);
    const { errors, budget } = findingsOf(schema, { value: [row, row, row], budget: 1_000_000 });
    expect(errors.map(formatFieldError)).toEqual([
      'root[1]: Invalid value: "array": validation failed due to running out of cost budget, no further validation rules will be run',
    ]);
    expect(budget).toBe(-1);
  });

  test("are those of upstream", () => {
    expect(RUNTIME_COST_BUDGET).toBe(10_000_000);
  });
});

describe("rules in many places", () => {
  const wrong = { rule: "self == 'abc'" };
  test.each<[string, JSONSchemaProps, unknown, string]>([
    ["items", { type: "array", items: withRules(STRING, wrong) }, ["abc", "x"], "root[1]"],
    [
      "values of a map",
      { type: "object", additionalProperties: withRules(STRING, wrong) },
      { "a/b": "x" },
      "root[a/b]",
    ],
    [
      "a field with an escaped name",
      objectOf({ "f/2": withRules(STRING, wrong) }),
      { "f/2": "x" },
      "root.f/2",
    ],
    [
      "a field that expressions cannot name",
      objectOf({ "a@b": withRules(STRING, wrong) }),
      { "a@b": "x" },
      "root.a@b",
    ],
  ])("%s", (_name, schema, value, path) => {
    const want = [`${path}: Invalid value: "x": failed rule: self == 'abc'`];
    expect(errorsOf(schema, { value })).toEqual(want);
    expect(errorsOf(withRules(schema, { rule: "true" }), { value })).toEqual(want);
  });

  test("allOf adds rules", () => {
    const schema: JSONSchemaProps = {
      ...withRules(objectOf({ key: STRING }), { rule: "true" }),
      allOf: [
        { "x-kubernetes-validations": [{ rule: "self.key == 'a'" }] },
        { properties: { key: { "x-kubernetes-validations": [{ rule: "size(self) == 2" }] } } },
      ],
      anyOf: [{ "x-kubernetes-validations": [{ rule: "false" }] }],
    };
    expect(errorsOf(schema, { value: { key: "b" } })).toEqual([
      "root: Invalid value: failed rule: self.key == 'a'",
      'root.key: Invalid value: "b": failed rule: size(self) == 2',
    ]);
  });

  test("a rule that cannot be compiled fails with each value", () => {
    const schema = withRules(objectOf({ m: INTEGER }), { rule: "self.m == 'abc'" });
    expect(errorsOf(schema, { value: { m: 1 } })).toEqual([
      `root: Invalid value: "object": rule compile error: compilation failed: ERROR: <input>:1:8: found no matching overload for '_==_' applied to '(int, string)'\n | self.m == 'abc'\n | .......^`,
    ]);
  });

  test.each(["", "  "])("a rule %p says nothing", (rule) => {
    expect(errorsOf(withRules(STRING, { rule }), { value: "a" })).toEqual([]);
  });
});
