import { allSchemas } from "#api/apiextensions/v1/schema-tree.ts";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import type * as CelModule from "./cel-module.ts";
import type { ValidationRules } from "./validation-rules.ts";

/**
 * CEL for those who have rules. The evaluator takes a tenth of a second and 25 MB to load, which a server without any
 * rules never needs, so it is loaded with the first one. Loading must not wait: validation is synchronous.
 */
export class LazyCel {
  #loaded: { readonly module: typeof CelModule; readonly compiler: CelModule.ExpressionCompiler } | undefined;

  /** Why an expression cannot be compiled, in upstream's words; undefined when it can. */
  problemOf(expression: string): string | undefined {
    const { module, compiler } = this.#load();
    try {
      compiler.compile(expression);
      return undefined;
    } catch (error) {
      if (error instanceof module.ExpressionError) return error.message;
      throw error;
    }
  }

  /** The rules of a schema, which are compiled when they are first needed; undefined when it has none. */
  rulesOf(schema: JSONSchemaProps): LazyRules | undefined {
    const hasRules = allSchemas(schema).some((each) => (each["x-kubernetes-validations"] ?? []).length > 0);
    if (!hasRules) return undefined;
    let rules: ValidationRules | undefined;
    return {
      validate: (object, previous) => {
        const { module, compiler } = this.#load();
        rules ??= new module.ValidationRules(schema, compiler);
        return rules.validate(object, previous);
      },
    };
  }

  #load(): { readonly module: typeof CelModule; readonly compiler: CelModule.ExpressionCompiler } {
    if (this.#loaded !== undefined) return this.#loaded;
    // The runtime loads modules with `require` at once, and bundles them as it does imported ones.
    const module = require("./cel-module.ts") as typeof CelModule;
    this.#loaded = { module, compiler: new module.ExpressionCompiler() };
    return this.#loaded;
  }
}

export type LazyRules = Pick<ValidationRules, "validate">;
