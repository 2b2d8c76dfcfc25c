import { type FieldError, forbidden, internalFieldError, invalid } from "#apimachinery/field-error.ts";
import type { CheckedExpression } from "../cel/checker/checked-expression.ts";
import { CompileBudget } from "../cel/compile-budget.ts";
import type { Environment } from "../cel/environment.ts";
import { ProgramError } from "../cel/evaluator/node.ts";
import { ExpressionError } from "../cel/syntax/issue.ts";
import type { CelType } from "../cel/types/type.ts";

/** An expression, and where it stands. */
export interface Expression {
  readonly text: string;
  readonly path: string;
  /** What the message shows, if not the text itself. */
  readonly shown?: string;
}

export interface Demands {
  /** What is wrong with values of a type. */
  problemOf(type: CelType): string | undefined;
}

/** What an expression is when it makes sense, and what is wrong with it otherwise. */
export type Compiled =
  | { readonly checked: CheckedExpression; readonly errors: readonly [] }
  | { readonly checked?: undefined; readonly errors: readonly FieldError[] };

/** Compiles the expressions of one object, which share a budget: none is looked at when it is spent. */
export class ObjectCompiler {
  readonly #budget = new CompileBudget();

  compile(expression: Expression, environment: Environment, demands: Demands): Compiled {
    if (this.#budget.isSpent) return { errors: [] };
    const compiled = this.#compile(expression, environment, demands);
    if (!this.#budget.isSpent) return compiled;
    return { errors: [forbidden(expression.path, "the expressions of the object are too large together")] };
  }

  #compile({ text, path, shown = text }: Expression, environment: Environment, demands: Demands): Compiled {
    try {
      const checked = environment.check(text);
      this.#budget.spend(checked.offsets.length);
      const problem = demands.problemOf(checked.type);
      if (problem !== undefined) return { errors: [invalid(path, shown, problem)] };
      environment.program(checked);
      return { checked, errors: [] };
    } catch (error) {
      if (error instanceof ExpressionError) {
        // Each part of a text that cannot be read takes some characters.
        this.#budget.spend(Math.max(text.length, error.parts));
        return { errors: [invalid(path, shown, `compilation failed: ${error.message}`)] };
      }
      if (!(error instanceof ProgramError)) throw error;
      return { errors: [internalFieldError(path, `program instantiation failed: ${error.message}`)] };
    }
  }
}
