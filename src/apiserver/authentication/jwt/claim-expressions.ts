/** Expressions over claims and users (apiserver `pkg/authentication/cel`). Loaded with the first of them. */
import type { FieldError } from "#apimachinery/field-error.ts";
import type { TypeProvider } from "../../cel/checker/declarations.ts";
import type { Environment } from "../../cel/environment.ts";
import { createKubernetesEnvironment, PER_CALL_LIMIT } from "../../cel/kubernetes-environment.ts";
import { type Expression, OPERATORS, walk } from "../../cel/syntax/expression.ts";
import { BOOL, CelType, listType, mapType, objectType, STRING } from "../../cel/types/type.ts";
import { isList } from "../../cel/values/list.ts";
import type { Result } from "../../cel/values/value.ts";
import { ObjectCompiler } from "../../expressions/object-compiler.ts";
import { claimValue } from "./claim-values.ts";

export type ExpressionVariable = "claims" | "user";

export interface ClaimExpression {
  readonly text: string;
  /** Where it stands. */
  readonly path: string;
  readonly variable: ExpressionVariable;
  /** Whether it has to be known to be true or false. */
  readonly isCondition: boolean;
}

/** An expression that is there to be evaluated. */
export interface ClaimProgram {
  /** The value as JavaScript has it, or why there is none. */
  evaluate(value: object): { readonly value: unknown } | { readonly problem: string };
}

export interface CheckedClaimExpression {
  readonly errors: readonly FieldError[];
  /** Whether it reads this claim by name. */
  usesClaim(name: string): boolean;
}

/** What claims are of: anything. */
const ANY = new CelType("dyn", "any");

const USER = objectType("kubernetes.UserInfo");
const TEXTS = listType(STRING);
const USER_FIELDS: Readonly<Record<string, CelType>> = {
  username: STRING,
  uid: STRING,
  groups: TEXTS,
  extra: mapType(STRING, TEXTS),
};

const USER_PROVIDER: TypeProvider = {
  has: (type) => type === USER.name,
  fieldOf: (type, field) =>
    type === USER.name && Object.hasOwn(USER_FIELDS, field) ? USER_FIELDS[field] : undefined,
};

/** Compiles the expressions of configurations. Each is the operator's, and has a budget of its own. */
export class ClaimExpressions {
  readonly #environments: Readonly<Record<ExpressionVariable, Environment>>;

  constructor() {
    const base = createKubernetesEnvironment();
    this.#environments = {
      claims: base.with({ variables: { claims: mapType(STRING, ANY) } }),
      user: base.with({ variables: { user: USER }, provider: USER_PROVIDER }),
    };
  }

  check({ text, path, variable, isCondition }: ClaimExpression): CheckedClaimExpression {
    const { checked, errors } = new ObjectCompiler().compile({ text, path }, this.#environments[variable], {
      problemOf: (type) => (isCondition && !type.equals(BOOL) ? "must evaluate to bool" : undefined),
    });
    return {
      errors,
      usesClaim: (name) => checked !== undefined && readsField(checked.expression, "claims", name),
    };
  }

  /** The expression must make sense. */
  program(text: string, variable: ExpressionVariable): ClaimProgram {
    const environment = this.#environments[variable];
    const program = environment.program(environment.check(text));
    return {
      evaluate: (value) => {
        const evaluation = program.evaluate({ [variable]: claimValue(value) }, PER_CALL_LIMIT);
        if (!("problem" in evaluation)) return { value: plainValue(evaluation.value) };
        return { problem: `expression '${text}' resulted in error: ${evaluation.problem}` };
      },
    };
  }
}

/** Whether a field of a variable is read, or asked for, by its name. */
function readsField(expression: Expression, variable: string, field: string): boolean {
  const isVariable = (each: Expression | undefined) => each?.kind === "identifier" && each.name === variable;
  let isRead = false;
  walk(expression, (each) => {
    if (each.kind === "select") isRead ||= isVariable(each.operand) && each.field === field;
    if (each.kind !== "call" || each.function !== OPERATORS.optionalSelect) return;
    const [operand, name] = each.args;
    isRead ||= isVariable(operand) && name?.kind === "literal" && name.value === field;
  });
  return isRead;
}

/** Lists as lists; what is neither that nor a text, a truth or null stays what it is. */
function plainValue(value: Result): unknown {
  return isList(value) ? [...value] : value;
}
