/** Compiles rules of a schema (apiextensions-apiserver pkg/apiserver/schema/cel/compilation.go). */
import { resolveFieldPath } from "#api/apiextensions/v1/field-path.ts";
import type { JSONSchemaProps, ValidationRule } from "#api/generated/apiextensions-v1.ts";
import type { Estimate } from "../../cel/cost/estimate.ts";
import { estimateCost } from "../../cel/cost/static-cost.ts";
import { type DeclaredType, MAX_REQUEST_BYTES, maxElementsAt } from "../../cel/schema/declared-type.ts";
import {
  type CompiledExpression,
  type ExpressionCompiler,
  MESSAGE,
  OLD_SELF,
  RULE,
} from "./expression-compiler.ts";

export interface CompiledRule {
  readonly rule: ValidationRule;
  /** Undefined for a rule that says nothing. */
  readonly expression: CompiledExpression | undefined;
  readonly usesOldSelf: boolean;
  /** Undefined when there is none, or nothing to say it of. */
  readonly message: CompiledExpression | undefined;
  /** The field that a violation is of, from the schema on; undefined for the value itself. */
  readonly path: string | undefined;
}

/** Where a rule stands: `declared` is the type of the values that it is about. */
export interface RuleSite {
  readonly schema: JSONSchemaProps;
  readonly declared: DeclaredType;
}

export function compileRule(
  rule: ValidationRule,
  { schema, declared }: RuleSite,
  compiler: ExpressionCompiler,
): CompiledRule {
  const { messageExpression = "", optionalOldSelf = false } = rule;
  const subject = { declared, optionalOldSelf };
  const expression = rule.rule.trim() === "" ? undefined : compiler.compile(rule.rule, subject, RULE);
  const isCompiled = expression !== undefined && "program" in expression;
  return {
    rule,
    expression,
    usesOldSelf: isCompiled && expression.checked.variables.has(OLD_SELF),
    message:
      isCompiled && messageExpression !== ""
        ? compiler.compile(messageExpression, subject, MESSAGE)
        : undefined,
    path: pathOf(rule, schema),
  };
}

function pathOf({ fieldPath = "" }: ValidationRule, schema: JSONSchemaProps): string | undefined {
  if (fieldPath === "") return undefined;
  const resolved = resolveFieldPath(fieldPath, schema);
  return "path" in resolved && resolved.path !== "" ? resolved.path : undefined;
}

/** What an expression costs at most in one evaluation, whatever the values are. */
export function maxCostOf(expression: CompiledExpression | undefined, declared: DeclaredType): number {
  if (expression === undefined || "problem" in expression) return 0;
  const sizeOf = (path: readonly string[]): Estimate | undefined => {
    const max = maxElementsAt(declared, path);
    return max === undefined ? undefined : { min: 0, max };
  };
  return estimateCost(expression.checked, sizeOf).max;
}

/** How many values of a type there can be in one object. */
export function maxCardinality({ minBytes }: DeclaredType): number {
  return Math.trunc(MAX_REQUEST_BYTES / (minBytes + 1));
}
