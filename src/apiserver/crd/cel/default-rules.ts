/** Holds the defaults of a schema to its rules (upstream pkg/apiserver/schema/defaulting/validation.go). */
import { isSchema } from "#api/apiextensions/v1/schema-tree.ts";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { type FieldError, keyPath } from "#apimachinery/field-error.ts";
import { Correlation } from "./correlation.ts";
import type { ExpressionCompiler } from "./expression-compiler.ts";
import { hasRules, type RuleTree, ruleTree } from "./rule-tree.ts";
import { type Findings, RUNTIME_COST_BUDGET, validateRules } from "./validation-rules.ts";

export function checkDefaultRules(
  schema: JSONSchemaProps,
  path: string,
  compiler: ExpressionCompiler,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  let budget = RUNTIME_COST_BUDGET;
  const visit = (at: JSONSchemaProps, tree: RuleTree | undefined, place: string): void => {
    if (tree === undefined || budget < 0) return;
    if (at.default !== undefined && hasRules(at)) {
      const found = checkDefault(at.default, tree, { path: `${place}.default`, budget });
      errors.push(...found.errors);
      budget = found.budget;
    }
    const { items, properties = {} } = at;
    if (isSchema(items)) visit(items, tree.items, `${place}.items`);
    for (const [name, each] of Object.entries(properties)) {
      visit(each, tree.properties.get(name), keyPath(`${place}.properties`, name));
    }
  };
  visit(schema, ruleTree(schema, compiler, true), path);
  return errors;
}

/** A default must hold as a new value, and as one that stays. */
function checkDefault(
  value: unknown,
  tree: RuleTree,
  { path, budget }: { readonly path: string; readonly budget: number },
): Pick<Findings, "errors" | "budget"> {
  const place = { path, value, correlation: Correlation.NONE };
  const kept = validateRules(tree, { ...place, previous: value }, budget);
  if (kept.errors.length > 0) return kept;
  const added = validateRules(tree, { ...place, previous: undefined }, budget);
  return { errors: added.errors, budget: Math.min(kept.budget, added.budget) };
}
