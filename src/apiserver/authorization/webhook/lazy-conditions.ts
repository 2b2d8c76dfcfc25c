import type { CompiledConditions, compileConditions } from "./match-conditions.ts";

const NONE: CompiledConditions = { errors: [], evaluate: () => true };

/** As `compileConditions`. What is needed for it is loaded with the first expression: most servers have none. */
export function conditionsOf(expressions: readonly string[], path: string): CompiledConditions {
  if (expressions.length === 0) return NONE;
  // The runtime loads modules with `require` at once, and bundles them as it does imported ones.
  const module = require("./match-conditions.ts") as {
    readonly compileConditions: typeof compileConditions;
  };
  return module.compileConditions(expressions, path);
}
