/** What a policy says of a request (k8s.io/apiserver pkg/admission/plugin/policy/validating/validator.go). */
import type { Validation } from "#api/generated/admissionregistration-v1.ts";
import type { Variables } from "../cel/evaluator/frame.ts";
import { runtimeType } from "../cel/values/value.ts";
import type { ValidatingPrograms, ValidationProgram } from "./admission-programs.ts";
import { type Evaluated, Evaluation, OutOfBudget } from "./evaluation.ts";

/** What the expressions of one policy may cost together, for one binding and one object of parameters. */
export const POLICY_BUDGET = 10_000_000;

/** Longer messages are replaced by those of the policy. */
const MAX_MESSAGE_BYTES = 5 * 1024;

export interface PolicyDecision {
  readonly denies: boolean;
  readonly message: string;
  /** Empty where an expression could not be evaluated. */
  readonly reason: string;
}

export type PolicyAnnotation =
  | { readonly key: string; readonly value: string }
  | { readonly key: string; readonly problem: string };

export interface ValidationResult {
  readonly decisions: readonly PolicyDecision[];
  readonly annotations: readonly PolicyAnnotation[];
}

export type FailurePolicy = "Fail" | "Ignore";

export function validateRequest(
  policy: ValidatingPrograms,
  values: Variables,
  failurePolicy: FailurePolicy = "Fail",
): ValidationResult {
  const failed = (message: string): PolicyDecision => ({
    denies: failurePolicy === "Fail",
    message,
    reason: "",
  });
  const evaluation = (budget: number): Evaluation => new Evaluation(values, policy.variables, budget);
  try {
    const main = evaluation(POLICY_BUDGET);
    const results = policy.validations.map(({ program }) => main.evaluate(program));
    const decisions = decide(policy.validations, results, { messages: evaluation(main.budgetLeft), failed });
    return { decisions, annotations: annotate(policy, evaluation(POLICY_BUDGET), failurePolicy) };
  } catch (error) {
    if (!(error instanceof OutOfBudget)) throw error;
    return { decisions: [failed(error.message)], annotations: [] };
  }
}

interface Deciding {
  readonly messages: Evaluation;
  readonly failed: (message: string) => PolicyDecision;
}

function decide(
  validations: readonly ValidationProgram[],
  results: readonly Evaluated[],
  { messages, failed }: Deciding,
): readonly PolicyDecision[] {
  const texts = messagesOf(validations, messages);
  return validations.map(({ validation }, index) => {
    const result = results[index];
    if (result?.problem !== undefined) return failed(result.problem);
    if (texts instanceof OutOfBudget) return failed(`failed messageExpression: ${texts.message}`);
    if (result?.value === true) return { denies: false, message: "", reason: "" };
    const { reason = "Invalid" } = validation;
    return { denies: true, message: messageOf(validation, texts[index]), reason };
  });
}

/** What the message expressions give; undefined where there is none. */
function messagesOf(
  validations: readonly ValidationProgram[],
  evaluation: Evaluation,
): readonly (Evaluated | undefined)[] | OutOfBudget {
  try {
    return validations.map(({ message }) => message && evaluation.evaluate(message));
  } catch (error) {
    if (error instanceof OutOfBudget) return error;
    throw error;
  }
}

/** That of the message expression, if it is fit to be one; that of the policy, or the expression that has failed. */
function messageOf({ message = "", expression }: Validation, made: Evaluated | undefined): string {
  const text = typeof made?.value === "string" ? made.value.trim() : "";
  if (text !== "" && !text.includes("\n") && Buffer.byteLength(text) <= MAX_MESSAGE_BYTES) return text;
  return message.trim() === "" ? `failed expression: ${expression.trim()}` : message.trim();
}

function annotate(
  { auditAnnotations }: ValidatingPrograms,
  evaluation: Evaluation,
  failurePolicy: FailurePolicy,
): readonly PolicyAnnotation[] {
  return auditAnnotations.flatMap(({ key, program }): PolicyAnnotation[] => {
    const { value, problem } = evaluation.evaluate(program);
    if (problem !== undefined) return failurePolicy === "Ignore" ? [] : [{ key, problem }];
    if (typeof value === "string") return value.trim() === "" ? [] : [{ key, value: value.trim() }];
    if (value === null || value === undefined) return [];
    const type = runtimeType(value).name;
    const why = `valueExpression '${program.text}' resulted in unsupported return type: ${type}. Return type must be either string or null.`;
    return [{ key, problem: why }];
  });
}
