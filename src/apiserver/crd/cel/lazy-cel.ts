import { allSchemas } from "#api/apiextensions/v1/schema-tree.ts";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import type { createEvaluator, Evaluator, Rules } from "./evaluator.ts";

/**
 * CEL for those who have rules. The evaluator takes a tenth of a second and 25 MB to load, which a server without any
 * rules never needs, so it is loaded with the first one. Loading must not wait: validation is synchronous.
 */
export class LazyCel {
  #evaluator: Evaluator | undefined;

  /** See `Evaluator.problemOf`. */
  problemOf(expression: string): string | undefined {
    return this.#load().problemOf(expression);
  }

  /** The rules of a schema, which are compiled when they are first needed; undefined when it has none. */
  rulesOf(schema: JSONSchemaProps): Rules | undefined {
    const hasRules = allSchemas(schema).some((each) => (each["x-kubernetes-validations"] ?? []).length > 0);
    if (!hasRules) return undefined;
    let rules: Rules | undefined;
    return {
      validate: (object, previous) => {
        rules ??= this.#load().rulesOf(schema);
        return rules.validate(object, previous);
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
