import type { ValidationRule } from "#api/generated/apiextensions-v1.ts";
import { quote } from "#apimachinery/go-text.ts";
import type { Variables } from "../../cel/evaluator/frame.ts";
import { PER_CALL_LIMIT } from "../../cel/kubernetes-environment.ts";
import { COST_EXCEEDED } from "../../cel/values/cost-exceeded.ts";
import type { CompiledExpression } from "./expression-compiler.ts";

/** Longer texts are no messages. */
const MAX_MESSAGE_BYTES = 5 * 1024;

/** What is left of the budget, and a text if there is one; a `problem` ends validation. */
export type EvaluatedMessage = { readonly budget: number } & (
  | { readonly text: string | undefined }
  | { readonly problem: string }
);

interface MessageContext {
  readonly rule: ValidationRule;
  readonly values: Variables;
  readonly budget: number;
}

/** Computes what to say of a value that breaks a rule; where that fails, the plain message is said. */
export function evaluateMessage(
  message: CompiledExpression | undefined,
  { rule, values, budget }: MessageContext,
): EvaluatedMessage {
  if (message === undefined || "problem" in message) return { text: undefined, budget };
  const result = message.program.evaluate(values, PER_CALL_LIMIT);
  if (result.cost > budget) {
    const problem =
      "messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run";
    return { problem, budget: -1 };
  }
  if ("problem" in result && result.problem === COST_EXCEEDED) {
    const text = quote(rule.messageExpression ?? "");
    const problem = `no further validation rules will be run due to call cost exceeds limit for messageExpression: ${text}`;
    return { problem, budget: -1 };
  }
  const value = "value" in result && typeof result.value === "string" ? result.value.trim() : "";
  const isMessage = value !== "" && Buffer.byteLength(value) <= MAX_MESSAGE_BYTES && !value.includes("\n");
  return { text: isMessage ? value : undefined, budget: budget - result.cost };
}
