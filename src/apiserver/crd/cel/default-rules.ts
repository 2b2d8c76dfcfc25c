/** Holds the defaults of a schema to its rules (upstream pkg/apiserver/schema/defaulting/validation.go). */
import { isSchema } from "#api/apiextensions/v1/schema-tree.ts";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { type FieldError, keyPath } from "#apimachinery/field-error.ts";
import { isEmbedded } from "../../cel/schema/structural-schema.ts";
import { Correlation } from "./correlation.ts";
import type { ExpressionCompiler } from "./expression-compiler.ts";
import { ruleTree } from "./rule-tree.ts";
import { RUNTIME_COST_BUDGET, validateRules } from "./validation-rules.ts";

export function checkDefaultRules(
  schema: JSONSchemaProps,
  path: string,
  compiler: ExpressionCompiler,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  let budget = RUNTIME_COST_BUDGET;
  const visit = (at: JSONSchemaProps, place: string, isResource: boolean): void => {
    if (budget < 0) return;
    if (at.default !== undefined) {
      const found = checkDefault(at, `${place}.default`, { compiler, isResource, budget });
      errors.push(...found.errors);
      budget = found.budget;
    }
    const { items, properties = {} } = at;
    if (isSchema(items)) visit(items, `${place}.items`, isEmbedded(items));
    for (const [name, each] of Object.entries(properties)) {
      visit(each, keyPath(`${place}.properties`, name), isEmbedded(each));
    }
  };
  visit(schema, path, true);
  return errors;
}

interface DefaultContext {
  readonly compiler: ExpressionCompiler;
  readonly isResource: boolean;
  readonly budget: number;
}

/** A default must hold as a new value, and as one that stays. */
function checkDefault(
  schema: JSONSchemaProps,
  path: string,
  { compiler, isResource, budget }: DefaultContext,
): { readonly errors: readonly FieldError[]; readonly budget: number } {
  const tree = ruleTree(schema, compiler, isResource);
  const value = schema.default;
  if (tree === undefined) return { errors: [], budget };
  const place = { path, value, correlation: Correlation.NONE };
  const kept = validateRules(tree, { ...place, previous: value }, budget);
  if (kept.errors.length > 0) return kept;
  const added = validateRules(tree, { ...place, previous: undefined }, budget);
  return { errors: added.errors, budget: Math.min(kept.budget, added.budget) };
}
