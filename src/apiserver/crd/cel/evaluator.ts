import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import type { FieldError } from "#apimachinery/field-error.ts";
import { ExpressionCompiler, ExpressionError } from "./expression.ts";
import { ValidationRules } from "./validation-rules.ts";

/** The rules of one schema. */
export interface Rules {
  /** `previous` is undefined for a new object. */
  validate(object: unknown, previous: unknown): readonly FieldError[];
}

export interface Evaluator {
  /** Why an expression cannot be compiled, in upstream's words; undefined when it can. */
  problemOf(expression: string): string | undefined;
  rulesOf(schema: JSONSchemaProps): Rules;
}

export function createEvaluator(): Evaluator {
  const compiler = new ExpressionCompiler();
  return {
    problemOf: (expression) => {
      try {
        compiler.compile(expression);
        return undefined;
      } catch (error) {
        if (error instanceof ExpressionError) return error.message;
        throw error;
      }
    },
    rulesOf: (schema) => new ValidationRules(schema, compiler),
  };
}
