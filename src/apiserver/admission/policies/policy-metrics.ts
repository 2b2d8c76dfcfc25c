/** What Kubernetes counts of policies (apiserver `pkg/admission/plugin/policy/validating/metrics` and `mutating/metrics`). */
import type { Counter, Histogram, Metrics } from "#observability/metrics.ts";

/** A policy that was evaluated for a binding. */
export interface EvaluatedPolicy {
  readonly policy: string;
  readonly binding: string;
  readonly seconds: number;
}

export type EnforcementAction = "allow" | "deny" | "audit" | "warn";

type Label = "policy" | "policy_binding" | "error_type";

const LABELS: readonly Label[] = ["policy", "policy_binding", "error_type"];
const BUCKETS = [0.0000005, 0.001, 0.01, 0.1, 1];

export class PolicyMetrics {
  readonly #validations: Counter<Label | "enforcement_action">;
  readonly #validationSeconds: Histogram<Label | "enforcement_action">;
  readonly #mutations: Counter<Label>;
  readonly #mutationSeconds: Histogram<Label>;

  constructor(metrics: Metrics) {
    const validating = "apiserver_validating_admission_policy";
    this.#validations = metrics.counter({
      name: `${validating}_check_total`,
      help: "Validation admission policy check total, labeled by policy and further identified by binding and enforcement action taken.",
      stability: "BETA",
      labels: [...LABELS, "enforcement_action"],
    });
    this.#validationSeconds = metrics.histogram({
      name: `${validating}_check_duration_seconds`,
      help: "Validation admission latency for individual validation expressions in seconds, labeled by policy and further including binding and enforcement action taken.",
      stability: "BETA",
      labels: [...LABELS, "enforcement_action"],
      buckets: BUCKETS,
    });
    const mutating = "apiserver_mutating_admission_policy";
    this.#mutations = metrics.counter({
      name: `${mutating}_check_total`,
      help: "Mutation admission policy check total, labeled by policy and further identified by binding.",
      stability: "ALPHA",
      labels: LABELS,
    });
    this.#mutationSeconds = metrics.histogram({
      name: `${mutating}_check_duration_seconds`,
      help: "Mutation admission latency for individual mutation expressions in seconds, labeled by policy and binding.",
      stability: "ALPHA",
      labels: LABELS,
      buckets: BUCKETS,
    });
  }

  validated(evaluated: EvaluatedPolicy, action: EnforcementAction, message: string): void {
    const labels = { ...labelsOf(evaluated, errorType(message)), enforcement_action: action };
    this.#validations.add(labels);
    this.#validationSeconds.observe(labels, evaluated.seconds);
  }

  /** `problem` says why the policy failed; undefined where it did not. */
  mutated(evaluated: EvaluatedPolicy, problem: string | undefined): void {
    const labels = labelsOf(evaluated, problem === undefined ? "no_error" : errorType(problem));
    this.#mutations.add(labels);
    this.#mutationSeconds.observe(labels, evaluated.seconds);
  }
}

function labelsOf({ policy, binding }: EvaluatedPolicy, errorType: string) {
  return { policy, policy_binding: binding, error_type: errorType };
}

/** An expression that does not hold counts as an error, too: upstream tells them apart by the message alone. */
function errorType(message: string): string {
  if (message.startsWith("compilation")) return "compile_error";
  if (message.startsWith("validation failed due to running out of cost budget")) return "out_of_budget";
  return "invalid_error";
}
