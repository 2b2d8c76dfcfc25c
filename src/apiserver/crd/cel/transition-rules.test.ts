import { describe, expect, test } from "bun:test";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { formatFieldError } from "#apimachinery/field-error.ts";
import { createKubernetesEnvironment } from "../../cel/kubernetes-environment.ts";
import { ExpressionCompiler } from "./expression-compiler.ts";
import { ruleTree } from "./rule-tree.ts";
import { validateRules, wholePlace } from "./validation-rules.ts";

const compiler = new ExpressionCompiler(createKubernetesEnvironment());
const STRING = { type: "string" } as const;
const INTEGER = { type: "integer" } as const;

interface Found {
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

function update(schema: JSONSchemaProps, previous: unknown, value: unknown, budget?: number): Found {
  const tree = ruleTree(schema, compiler, false);
  if (tree === undefined) throw new Error("The schema has no rules");
  const place = { ...wholePlace(schema, value, previous), path: "root" };
  const { errors, warnings } = validateRules(tree, place, budget);
  return { errors: errors.map(formatFieldError), warnings };
}

function mustBe(schema: JSONSchemaProps, rule: string, optionalOldSelf?: boolean): JSONSchemaProps {
  const optional = optionalOldSelf === undefined ? {} : { optionalOldSelf };
  return { ...schema, "x-kubernetes-validations": [{ rule, message: "no", ...optional }] };
}

function objectOf(properties: Readonly<Record<string, JSONSchemaProps>>): JSONSchemaProps {
  return { type: "object", properties };
}

const BAZ = mustBe(STRING, "self == 'baz'");
const KEYED: JSONSchemaProps = {
  type: "array",
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": ["key"],
  items: objectOf({ key: STRING, value: BAZ }),
};

describe("what breaks a rule and has not changed", () => {
  const odd = mustBe({ type: "number" }, "int(self) % 2 == 1");
  const set: JSONSchemaProps = { type: "array", "x-kubernetes-list-type": "set", items: odd };
  const atomic: JSONSchemaProps = {
    type: "array",
    "x-kubernetes-list-type": "atomic",
    items: objectOf({ bar: BAZ }),
  };
  const one = (key: string, value: string) => ({ key, value });
  const nested = objectOf({ other: STRING, sub: objectOf({ apiVersion: BAZ, other: STRING }) });

  test.each<[string, JSONSchemaProps, unknown, unknown, Found]>([
    [
      "is warned of",
      objectOf({ foo: BAZ }),
      { foo: "x" },
      { foo: "x" },
      { errors: [], warnings: [`root.foo: Invalid value: "x": no`] },
    ],
    [
      "is warned of in a set that is the same",
      objectOf({ a: STRING, set }),
      { a: "old", set: [1, 3, 2] },
      { a: "new", set: [1, 3, 2] },
      { errors: [], warnings: ["root.set[2]: Invalid value: 2: no"] },
    ],
    [
      "is warned of in a list that is the same",
      objectOf({ a: STRING, atomic }),
      { a: "old", atomic: [{ bar: "x" }] },
      { a: "new", atomic: [{ bar: "x" }] },
      { errors: [], warnings: [`root.atomic[0].bar: Invalid value: "x": no`] },
    ],
    [
      "is an error in a list that has changed",
      atomic,
      [{ bar: "x" }],
      [{ bar: "x" }, { bar: "baz" }],
      { errors: [`root[0].bar: Invalid value: "x": no`], warnings: [] },
    ],
    [
      "is warned of beside items with other keys",
      KEYED,
      [one("a", "x"), one("b", "x")],
      [one("c", "y"), one("b", "x"), one("a", "z")],
      {
        errors: [`root[0].value: Invalid value: "y": no`, `root[2].value: Invalid value: "z": no`],
        warnings: [`root[1].value: Invalid value: "x": no`],
      },
    ],
    [
      "is warned of inside of what has changed",
      nested,
      { other: "old", sub: { apiVersion: "x" } },
      { other: "new", sub: { apiVersion: "x", other: "new" } },
      { errors: [], warnings: [`root.sub.apiVersion: Invalid value: "x": no`] },
    ],
    [
      "is an error when it says what the object is",
      objectOf({ apiVersion: BAZ, kind: BAZ }),
      { apiVersion: "x", kind: "y" },
      { apiVersion: "x", kind: "y" },
      {
        errors: [`root.apiVersion: Invalid value: "x": no`, `root.kind: Invalid value: "y": no`],
        warnings: [],
      },
    ],
    [
      "is an error for a rule about the change",
      objectOf({ foo: mustBe(STRING, "oldSelf != 'bar' && self == 'baz'") }),
      { foo: "bar" },
      { foo: "bar" },
      { errors: [`root.foo: Invalid value: "bar": no`], warnings: [] },
    ],
  ])("%s", (_name, schema, previous, value, want) => {
    expect(update(schema, previous, value)).toEqual(want);
  });

  test("does not excuse a rule that cannot run", () => {
    const [error] = update(mustBe(STRING, "nothing"), "same", "same").errors;
    expect(error).toContain("rule compile error: compilation failed");
  });

  test("does not excuse what costs too much", () => {
    const schema = mustBe(STRING, "self == 'baz'");
    const [error] = update(schema, "same", "same", 1).errors;
    expect(error).toContain("validation failed due to running out of cost budget");
  });

  test("an error at a field is judged by where the rule is", () => {
    const rules = [{ rule: "self.foo == 'baz'", message: "no", fieldPath: ".foo" }];
    const schema = { ...objectOf({ foo: STRING, bar: STRING }), "x-kubernetes-validations": rules };
    expect(update(schema, { foo: "x" }, { foo: "x", bar: "new" })).toEqual({
      errors: ["root.foo: Invalid value: no"],
      warnings: [],
    });
  });
});

describe("a rule about the change of a value", () => {
  const immutable = mustBe(STRING, "self == oldSelf");
  const keyed: JSONSchemaProps = { ...KEYED, items: objectOf({ key: STRING, value: immutable }) };

  test.each<[string, JSONSchemaProps, unknown, unknown, readonly string[]]>([
    ["holds for a new object", immutable, undefined, "a", []],
    ["holds where there was nothing", objectOf({ s: immutable }), {}, { s: "a" }, []],
    ["holds where there was null", objectOf({ s: immutable }), { s: null }, { s: "a" }, []],
    ["compares fields", objectOf({ s: immutable }), { s: "b" }, { s: "a" }, ["root.s"]],
    [
      "compares values of maps",
      { type: "object", additionalProperties: immutable },
      { k: "b" },
      { k: "a", l: "c" },
      ["root[k]"],
    ],
    [
      "compares items with the same keys",
      keyed,
      [
        { key: "a", value: "1" },
        { key: "b", value: "2" },
      ],
      [
        { key: "b", value: "1" },
        { key: "c", value: "3" },
      ],
      ["root[0].value"],
    ],
    ["compares no items of lists", { type: "array", items: immutable }, ["b"], ["a"], []],
  ])("%s", (_name, schema, previous, value, places) => {
    const errors = update(schema, previous, value).errors.map((each) => each.split(": ")[0] ?? "");
    expect(errors).toEqual([...places]);
  });
});

describe("a rule that takes the old value as an optional", () => {
  const rule = "self >= 10 || (oldSelf.hasValue() && oldSelf.value() <= self)";
  test.each<[unknown, number, boolean]>([
    [undefined, 10, true],
    [undefined, 9, false],
    [5, 10, true],
    [5, 9, true],
    [5, 5, true],
    [5, 4, false],
  ])("from %p to %p", (previous, value, holds) => {
    expect(update(mustBe(INTEGER, rule, true), previous, value).errors).toHaveLength(holds ? 0 : 1);
  });

  test.each<[string, JSONSchemaProps, unknown, string]>([
    ["oldSelf + self > 5", INTEGER, 5, "'_+_' applied to '(optional_type(int), int)'"],
    ["oldSelf == 'foo'", STRING, "a", "'_==_' applied to '(optional_type(string), string)'"],
    [
      "oldSelf.all(x, x == x)",
      { type: "array", items: STRING },
      ["a"],
      "expression of type 'optional_type(list(string))' cannot be range of a comprehension",
    ],
  ])("cannot take it as it is: %s", (wrong, schema, value, want) => {
    const [error] = update(mustBe(schema, wrong, true), value, value).errors;
    expect(error).toContain(want);
  });
});
