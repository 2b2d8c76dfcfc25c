/** Compiles rules of a schema (apiextensions-apiserver pkg/apiserver/schema/cel/compilation.go). */
import { resolveFieldPath } from "#api/apiextensions/v1/field-path.ts";
import type { JSONSchemaProps, ValidationRule } from "#api/generated/apiextensions-v1.ts";
import type { CheckedExpression } from "../../cel/checker/checked-expression.ts";
import type { Estimate } from "../../cel/cost/estimate.ts";
import { estimateCost } from "../../cel/cost/static-cost.ts";
import type { Environment } from "../../cel/environment.ts";
import { ProgramError } from "../../cel/evaluator/node.ts";
import type { Program } from "../../cel/program.ts";
import {
  type DeclaredType,
  MAX_REQUEST_BYTES,
  maxElementsAt,
  typeProvider,
} from "../../cel/schema/declared-type.ts";
import { ExpressionError } from "../../cel/syntax/issue.ts";
import { BOOL, type CelType, optionalType, STRING } from "../../cel/types/type.ts";

/** A rule, or its message, that can be evaluated; `problem` says why it cannot. */
export type CompiledExpression =
  | { readonly program: Program; readonly checked: CheckedExpression }
  | { readonly problem: string };

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

const SELF = "self";
const OLD_SELF = "oldSelf";

/** Where rules stand: `declared` is the type of the values that they are about. */
export interface RuleSite {
  readonly schema: JSONSchemaProps;
  readonly declared: DeclaredType;
}

export function compileRules(site: RuleSite, environment: Environment): readonly CompiledRule[] {
  const rules = site.schema["x-kubernetes-validations"] ?? [];
  if (rules.length === 0) return [];
  const { declared } = site;
  const provider = typeProvider(declared);
  const environmentOf = (oldSelf: CelType): Environment =>
    environment.with({ variables: { [SELF]: declared.type, [OLD_SELF]: oldSelf }, provider });
  const [plain, optional] = [environmentOf(declared.type), environmentOf(optionalType(declared.type))];
  return rules.map((rule) =>
    compileRule(rule, site.schema, rule.optionalOldSelf === true ? optional : plain),
  );
}

function compileRule(rule: ValidationRule, schema: JSONSchemaProps, environment: Environment): CompiledRule {
  const { messageExpression = "" } = rule;
  const expression = rule.rule.trim() === "" ? undefined : compile(rule.rule, environment, RULE);
  const isCompiled = expression !== undefined && "program" in expression;
  return {
    rule,
    expression,
    usesOldSelf: isCompiled && expression.checked.variables.has(OLD_SELF),
    message:
      isCompiled && messageExpression !== "" ? compile(messageExpression, environment, MESSAGE) : undefined,
    path: pathOf(rule, schema),
  };
}

/** What an expression must give, and how messages call it. */
interface Purpose {
  readonly type: CelType;
  readonly prefix: string;
  readonly wrongType: string;
}

const RULE: Purpose = { type: BOOL, prefix: "", wrongType: "cel expression must evaluate to a bool" };
const MESSAGE: Purpose = {
  type: STRING,
  prefix: "messageExpression ",
  wrongType: "messageExpression must evaluate to a string",
};

function compile(text: string, environment: Environment, purpose: Purpose): CompiledExpression {
  const { type, prefix, wrongType } = purpose;
  try {
    const checked = environment.check(text);
    return checked.type.equals(type)
      ? { checked, program: environment.program(checked) }
      : { problem: wrongType };
  } catch (error) {
    if (error instanceof ExpressionError) return { problem: `${prefix}compilation failed: ${error.message}` };
    if (!(error instanceof ProgramError)) throw error;
    return { problem: `${prefix === "" ? "program " : prefix}instantiation failed: ${error.message}` };
  }
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
