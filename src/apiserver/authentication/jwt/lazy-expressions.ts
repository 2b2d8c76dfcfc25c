import type { ClaimExpressions } from "./claim-expressions.ts";

/** Expressions are loaded with the first one that a configuration has: a server without any needs none. */
export type LazyExpressions = () => ClaimExpressions;

export function lazyExpressions(): LazyExpressions {
  let expressions: ClaimExpressions | undefined;
  return () => {
    // The runtime loads modules with `require` at once, and bundles them as it does imported ones.
    expressions ??= new (
      require("./claim-expressions.ts") as { readonly ClaimExpressions: typeof ClaimExpressions }
    ).ClaimExpressions();
    return expressions;
  };
}
