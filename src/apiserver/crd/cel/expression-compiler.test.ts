import { describe, expect, test } from "bun:test";
import { createKubernetesEnvironment } from "../../cel/kubernetes-environment.ts";
import { type DeclaredType, declareType } from "../../cel/schema/declared-type.ts";
import type { StructuralSchema } from "../../cel/schema/structural-schema.ts";
import { ExpressionCompiler, MESSAGE, RULE } from "./expression-compiler.ts";

const compiler = new ExpressionCompiler(createKubernetesEnvironment());
const SIZE: StructuralSchema = { type: "object", properties: { size: { type: "integer" } } };
const RULE_TEXT = "self.size == 1";

function declared(schema: StructuralSchema, name = "selfType"): DeclaredType {
  const type = declareType(schema, name);
  if (type === undefined) throw new TypeError("Expected a type");
  return type;
}

function compile(type: DeclaredType, text = RULE_TEXT, optionalOldSelf = false) {
  return compiler.compile(text, { declared: type, optionalOldSelf }, RULE);
}

describe("an expression", () => {
  test("is compiled once for all values of the same types, whatever they are called", () => {
    expect(compile(declared({ ...SIZE, maxProperties: 3 }, "other"))).toBe(compile(declared(SIZE)));
  });

  test.each<[string, StructuralSchema]>([
    ["type", { type: "object", properties: { size: { type: "number" } } }],
    ["format", { type: "object", properties: { size: { type: "string", format: "duration" } } }],
    ["field", { type: "object", properties: { size: { type: "integer" }, other: { type: "string" } } }],
    ["nesting", { type: "object", properties: { size: { type: "array", items: { type: "integer" } } } }],
    ["map", { type: "object", additionalProperties: { type: "integer" } }],
  ])("is compiled again for values with another %s", (_what, schema) => {
    expect(compile(declared(schema))).not.toBe(compile(declared(SIZE)));
  });

  test("is compiled again for another kind of old value, and another purpose", () => {
    const one = compile(declared(SIZE));
    expect(compile(declared(SIZE), RULE_TEXT, true)).not.toBe(one);
    const subject = { declared: declared(SIZE), optionalOldSelf: false };
    expect(compiler.compile(RULE_TEXT, subject, MESSAGE)).toEqual({
      problem: "messageExpression must evaluate to a string",
      parts: 4,
    });
  });

  test("that makes no sense is told with the names of its types", () => {
    const text = "self + 1 == 2";
    expect(compile(declared(SIZE, "a"), text)).toMatchObject({
      problem: expect.stringContaining("'_+_' applied to '(a, int)'"),
    });
    expect(compile(declared(SIZE, "b"), text)).toMatchObject({
      problem: expect.stringContaining("'_+_' applied to '(b, int)'"),
    });
  });
});
