import { allSchemas } from "#api/apiextensions/v1/schema-tree.ts";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import type { FieldError } from "#apimachinery/field-error.ts";
import type { CelMetrics } from "./cel-metrics.ts";
import type { createEvaluator, Evaluator, Rules } from "./evaluator.ts";
import type { SchemaRulesOptions } from "./schema-rules.ts";

const UNTIMED: Pick<CelMetrics, "timed"> = { timed: (_what, work) => work() };
const NO_ERRORS: readonly FieldError[] = [];

/**
 * CEL for those who have rules. What is needed for it is loaded with the first one: a server without any rules needs
 * none of it. Loading must not wait, since validation is synchronous.
 */
export class LazyCel {
  readonly #metrics: Pick<CelMetrics, "timed">;
  #evaluator: Evaluator | undefined;

  constructor(metrics: Pick<CelMetrics, "timed"> = UNTIMED) {
    this.#metrics = metrics;
  }

  /** See `Evaluator.checkRules`. */
  checkRules(schema: JSONSchemaProps, options: SchemaRulesOptions): readonly FieldError[] {
    return hasRules(schema)
      ? this.#metrics.timed("compilation", () => this.#load().checkRules(schema, options))
      : NO_ERRORS;
  }

  /** See `Evaluator.checkDefaults`. */
  checkDefaults(schema: JSONSchemaProps, path: string): readonly FieldError[] {
    return hasRules(schema) ? this.#load().checkDefaults(schema, path) : NO_ERRORS;
  }

  /** The rules of a schema, which are compiled when they are first needed; undefined when it has none. */
  rulesOf(schema: JSONSchemaProps): Rules | undefined {
    if (!hasRules(schema)) return undefined;
    let rules: Rules | undefined;
    return {
      validate: (object, previous) => {
        const compiled = (rules ??= this.#metrics.timed("compilation", () => this.#load().rulesOf(schema)));
        return this.#metrics.timed("evaluation", () => compiled.validate(object, previous));
      },
    };
  }

  #load(): Evaluator {
    if (this.#evaluator !== undefined) return this.#evaluator;
    // The runtime loads modules with `require` at once, and bundles them as it does imported ones.
    const module = require("./evaluator.ts") as { readonly createEvaluator: typeof createEvaluator };
    this.#evaluator = module.createEvaluator();
    return this.#evaluator;
  }
}

function hasRules(schema: JSONSchemaProps): boolean {
  return allSchemas(schema).some((each) => (each["x-kubernetes-validations"] ?? []).length > 0);
}
