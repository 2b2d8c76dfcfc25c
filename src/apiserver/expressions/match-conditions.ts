/** Whether conditions hold (k8s.io/apiserver pkg/admission/plugin/webhook/matchconditions/matcher.go). */
import { aggregate } from "#apimachinery/status-error.ts";
import type { Variables } from "../cel/evaluator/frame.ts";
import type { AdmissionProgram } from "./admission-compiler.ts";
import type { MutatingPrograms } from "./admission-programs.ts";
import { Evaluation, OutOfBudget } from "./evaluation.ts";

/** What all conditions of one webhook or policy may cost together. */
export const CONDITIONS_BUDGET = 2_500_000;

/** Whether there is anything to do, or why nobody can tell. */
export type ConditionsOutcome = boolean | { readonly problem: string };

/** Whether a policy is about a request after all. */
export function isAboutRequest(
  { conditions, variables }: Pick<MutatingPrograms, "conditions" | "variables">,
  values: Variables,
  failurePolicy: "Fail" | "Ignore" | undefined,
): ConditionsOutcome {
  if (conditions.length === 0) return true;
  return matchConditions(conditions, new Evaluation(values, variables, CONDITIONS_BUDGET), failurePolicy);
}

/** One that does not hold is enough; otherwise failures are for the policy to judge. */
export function matchConditions(
  conditions: readonly AdmissionProgram[],
  evaluation: Evaluation,
  failurePolicy: "Fail" | "Ignore" = "Fail",
): ConditionsOutcome {
  const problems: string[] = [];
  try {
    const results = conditions.map((each) => evaluation.evaluate(each));
    for (const { value, problem } of results) {
      if (problem !== undefined) problems.push(problem);
      else if (value === false) return false;
    }
  } catch (error) {
    if (!(error instanceof OutOfBudget)) throw error;
    problems.splice(0, problems.length, error.message);
  }
  if (problems.length === 0) return true;
  return failurePolicy === "Ignore" ? false : { problem: aggregate(problems) };
}
