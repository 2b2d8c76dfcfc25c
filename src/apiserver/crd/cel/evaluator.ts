import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import type { FieldError } from "#apimachinery/field-error.ts";
import { createKubernetesEnvironment } from "../../cel/kubernetes-environment.ts";
import { checkDefaultRules } from "./default-rules.ts";
import { ExpressionCompiler } from "./expression-compiler.ts";
import { ruleTree } from "./rule-tree.ts";
import { checkSchemaRules, type SchemaRulesOptions } from "./schema-rules.ts";
import { type Findings, validateRules, wholePlace } from "./validation-rules.ts";

/** The rules of one schema. */
export interface Rules {
  /** `previous` is undefined for a new object. */
  validate(object: unknown, previous: unknown): Pick<Findings, "errors" | "warnings">;
}

export interface Evaluator {
  rulesOf(schema: JSONSchemaProps): Rules;
  /** What is wrong with the rules of a schema: they make no sense, or cost too much. */
  checkRules(schema: JSONSchemaProps, options: SchemaRulesOptions): readonly FieldError[];
  /** Defaults that break rules. */
  checkDefaults(schema: JSONSchemaProps, path: string): readonly FieldError[];
}

const NOTHING = { errors: [], warnings: [] };

export function createEvaluator(): Evaluator {
  const compiler = new ExpressionCompiler(createKubernetesEnvironment());
  return {
    rulesOf: (schema) => {
      const tree = ruleTree(schema, compiler, true);
      return {
        validate: (object, previous) =>
          tree === undefined ? NOTHING : validateRules(tree, wholePlace(schema, object, previous)),
      };
    },
    checkRules: (schema, options) => checkSchemaRules(schema, options, compiler),
    checkDefaults: (schema, path) => checkDefaultRules(schema, path, compiler),
  };
}
