/**
 * What rules of custom resources mean, may cost and do cost: cases of upstream's validation_test.go and
 * celcoststability_test.go (apiextensions-apiserver pkg/apiserver/schema/cel).
 */
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { formatFieldError } from "#apimachinery/field-error.ts";
import { createKubernetesEnvironment } from "#apiserver/cel/kubernetes-environment.ts";
import { declareType } from "#apiserver/cel/schema/declared-type.ts";
import { compileRule, maxCostOf } from "#apiserver/crd/cel/compile-rules.ts";
import { ExpressionCompiler } from "#apiserver/crd/cel/expression-compiler.ts";
import { ruleTree } from "#apiserver/crd/cel/rule-tree.ts";
import { RUNTIME_COST_BUDGET, validateRules, wholePlace } from "#apiserver/crd/cel/validation-rules.ts";

interface RuleCase {
  readonly rule: string;
  /** Part of the only error; none for a rule that holds. */
  readonly error?: string;
  /** What it costs with the object. */
  readonly cost?: number;
  /** What it costs at most. */
  readonly estimate?: number;
}

interface Group {
  readonly name: string;
  readonly schema: JSONSchemaProps;
  /** The schema is that of a whole resource. */
  readonly isWhole?: boolean;
  /** None where only the estimate is known. */
  readonly object?: unknown;
  readonly previous?: unknown;
  readonly rules: readonly RuleCase[];
}

const FOLDER = join(import.meta.dir, "cel-rules");
const compiler = new ExpressionCompiler(createKubernetesEnvironment());

describe.each(readdirSync(FOLDER))("%s", (file) => {
  const groups = parse(readFileSync(join(FOLDER, file), "utf8")) as readonly Group[];
  describe.each(groups)("$name", (group) => {
    test.each(group.rules)("$rule", ({ rule, error, cost, estimate }) => {
      const { isWhole = false, object, previous } = group;
      const schema = { ...group.schema, "x-kubernetes-validations": [{ rule }] };
      if (estimate !== undefined) expect(estimateOf(schema, isWhole)).toBe(estimate);
      if (object === undefined) return;
      const tree = ruleTree(schema, compiler, isWhole);
      if (tree === undefined) throw new Error("There are no rules");
      const { errors, budget } = validateRules(tree, wholePlace(schema, object, previous));
      if (cost !== undefined) expect(RUNTIME_COST_BUDGET - budget).toBe(cost);
      const texts = errors.map(formatFieldError);
      expect(texts).toEqual(error === undefined ? [] : [expect.stringContaining(error)]);
    });
  });
});

function estimateOf(schema: JSONSchemaProps, isWhole: boolean): number | undefined {
  const declared = declareType(schema, "selfType", isWhole);
  if (declared === undefined) return undefined;
  const [rule] = schema["x-kubernetes-validations"] ?? [];
  return rule && maxCostOf(compileRule(rule, { schema, declared }, compiler).expression, declared);
}
