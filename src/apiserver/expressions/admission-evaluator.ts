import type {
  MatchCondition,
  MutatingAdmissionPolicySpec,
  ValidatingAdmissionPolicySpec,
} from "#api/generated/admissionregistration-v1.ts";
import type { Authorizer } from "../authorization/authorizer.ts";
import { AdmissionPrograms } from "./admission-programs.ts";
import { type AdmissionInput, admissionValues } from "./admission-values.ts";
import { Evaluation } from "./evaluation.ts";
import {
  CONDITIONS_BUDGET,
  type ConditionsOutcome,
  isAboutRequest,
  matchConditions,
} from "./match-conditions.ts";
import { evaluateMutation, type MutationOutcome } from "./mutate-request.ts";
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
  validatingPolicy(spec: ValidatingAdmissionPolicySpec): PolicyValidator;
  mutatingPolicy(spec: MutatingAdmissionPolicySpec): PolicyMutator;
}

/** A validating policy. */
export interface PolicyValidator {
  isAbout(input: AdmissionInput, authorizer: Asked): Promise<ConditionsOutcome>;
  /** Of a request that the policy is about. */
  validate(input: AdmissionInput, authorizer: Asked): Promise<ValidationResult>;
}

/** A mutating policy: mutations see what those before them have done, so that each is evaluated by itself. */
export interface PolicyMutator {
  isAbout(input: AdmissionInput, authorizer: Asked): Promise<ConditionsOutcome>;
  readonly mutations: readonly ((input: AdmissionInput, authorizer: Asked) => Promise<MutationOutcome>)[];
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
      return {
        isAbout: (input, authorizer) =>
          withDecisions(authorizer, (decide) =>
            isAboutRequest(policy, admissionValues(input, decide), spec.failurePolicy),
          ),
        validate: (input, authorizer) =>
          withDecisions(authorizer, (decide) =>
            validateRequest(policy, admissionValues(input, decide), spec.failurePolicy),
          ),
      };
    },
    mutatingPolicy: (spec) => {
      const policy = programs.mutating(spec);
      return {
        isAbout: (input, authorizer) =>
          withDecisions(authorizer, (decide) =>
            isAboutRequest(policy, admissionValues(input, decide), spec.failurePolicy),
          ),
        mutations: policy.mutations.map(
          (mutation) => (input, authorizer) =>
            withDecisions(authorizer, (decide) =>
              evaluateMutation(policy, mutation, admissionValues(input, decide)),
            ),
        ),
      };
    },
  };
}
