import { describe, expect, test } from "bun:test";
import type { JSONSchemaProps, ValidationRule } from "#api/generated/apiextensions-v1.ts";
import { formatFieldError } from "#apimachinery/field-error.ts";
import { CompileBudget } from "../../cel/compile-budget.ts";
import { createEvaluator } from "./evaluator.ts";

const evaluator = createEvaluator();

function errorsOf(schema: JSONSchemaProps, isUnchanged = false, budget = new CompileBudget()) {
  return evaluator.checkRules(schema, { path: "s", isUnchanged, budget }).map(formatFieldError);
}

function textWith(...rules: readonly ValidationRule[]): JSONSchemaProps {
  return { type: "string", "x-kubernetes-validations": [...rules] };
}

describe("the rules of a schema", () => {
  const dear: JSONSchemaProps = {
    type: "array",
    items: { type: "integer" },
    "x-kubernetes-validations": [{ rule: "self.all(x, self.all(y, x == y))" }],
  };

  test("may go on to cost what they cost before, each by itself", () => {
    expect(errorsOf(dear)).toHaveLength(3);
    const [first, second] = errorsOf(dear, true);
    expect(first).toBe(
      "s.x-kubernetes-validations[0].rule: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema",
    );
    expect(second).toContain("s: Forbidden: x-kubernetes-validations estimated rule cost total");
  });

  test("are told with the four that cost most", () => {
    const sizes = [10_000, 16_000, 15_000, 100, 14_000, 13_000];
    const properties = Object.fromEntries(
      sizes.map((maxItems) => [`p${String(maxItems)}`, { ...dear, maxItems }]),
    );
    expect(errorsOf({ type: "object", properties }, true).map((each) => each.split(".x-k")[0])).toEqual([
      "s.properties[p16000]",
      "s.properties[p15000]",
      "s.properties[p14000]",
      "s.properties[p13000]",
      expect.stringContaining("s: Forbidden"),
    ]);
  });

  test("are not compiled when they are too large together", () => {
    const long = Array.from({ length: 2500 }, () => "self == 'a'").join(" || ");
    const rules = Array.from({ length: 4 }, (_, index) => ({ rule: long + " ".repeat(index) }));
    const budget = new CompileBudget();
    budget.spend(80_000);
    expect(errorsOf({ ...textWith(...rules), maxLength: 1 }, false, budget)).toEqual([
      "s.x-kubernetes-validations[2].rule: Forbidden: the rules of the definition are too large together",
    ]);
    expect(budget.isSpent).toBe(true);
    expect(errorsOf(textWith({ rule: "nothing" }), false, budget)).toEqual([]);
  });

  test.each<[string, ValidationRule, string]>([
    ["a rule", { rule: "optional.of(1)" }, "rule: Invalid value"],
    ["a message", { rule: "true", messageExpression: "1" }, "messageExpression: Invalid value"],
  ])("give what they must give: %s", (_name, rule, want) => {
    expect(errorsOf(textWith(rule))).toEqual([
      expect.stringContaining(`s.x-kubernetes-validations[0].${want}`),
    ]);
  });
});
