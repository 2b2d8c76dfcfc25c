import type {
  MatchCondition,
  ValidatingAdmissionPolicySpec,
} from "#api/generated/admissionregistration-v1.ts";
import type { Authorizer } from "../authorization/authorizer.ts";
import { AdmissionPrograms } from "./admission-programs.ts";
import { type AdmissionInput, admissionValues } from "./admission-values.ts";
import { Evaluation } from "./evaluation.ts";
import { CONDITIONS_BUDGET, type ConditionsOutcome, matchConditions } from "./match-conditions.ts";
import { withDecisions } from "./pending-decision.ts";
import { type FailurePolicy, type ValidationResult, validateRequest } from "./validate-request.ts";

/** Whom expressions may ask who may do what. */
type Asked = Pick<Authorizer, "authorize">;

/** Evaluates the expressions of stored webhooks and policies. What it is given is compiled once, and kept by who asks. */
export interface AdmissionEvaluator {
  conditions(
    conditions: readonly MatchCondition[],
    failurePolicy: FailurePolicy | undefined,
  ): (input: AdmissionInput, authorizer: Asked) => Promise<ConditionsOutcome>;
  validatingPolicy(
    spec: ValidatingAdmissionPolicySpec,
  ): (input: AdmissionInput, authorizer: Asked) => Promise<ValidationResult>;
}

export function createAdmissionEvaluator(): AdmissionEvaluator {
  const programs = new AdmissionPrograms();
  return {
    conditions: (list, failurePolicy) => {
      const { conditions, variables } = programs.conditions(list);
      return (input, authorizer) =>
        withDecisions(authorizer, (decide) => {
          const evaluation = new Evaluation(admissionValues(input, decide), variables, CONDITIONS_BUDGET);
          return matchConditions(conditions, evaluation, failurePolicy);
        });
    },
    validatingPolicy: (spec) => {
      const policy = programs.validating(spec);
      return (input, authorizer) =>
        withDecisions(authorizer, (decide) =>
          validateRequest(policy, admissionValues(input, decide), spec.failurePolicy),
        );
    },
  };
}
