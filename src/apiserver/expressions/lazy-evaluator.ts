import type { AdmissionEvaluator, createAdmissionEvaluator } from "./admission-evaluator.ts";

/** The evaluator is loaded with the first webhook or policy that has an expression: a server without any needs none. */
export function lazyEvaluator(): () => AdmissionEvaluator {
  let evaluator: AdmissionEvaluator | undefined;
  return () => {
    // The runtime loads modules with `require` at once, and bundles them as it does imported ones.
    evaluator ??= (
      require("./admission-evaluator.ts") as {
        readonly createAdmissionEvaluator: typeof createAdmissionEvaluator;
      }
    ).createAdmissionEvaluator();
    return evaluator;
  };
}
