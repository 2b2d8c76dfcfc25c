/** What Kubernetes counts of authorizers (apiserver `pkg/authorization`, `plugin/pkg/authorizer/webhook/metrics`). */
import type { Counter, Histogram, Metrics } from "#observability/metrics.ts";

/** How one call of a webhook ended. */
export type WebhookResult = "success" | "timeout" | "error";

/** An authorizer, as it is configured. */
export interface AuthorizerLabels {
  readonly type: string;
  readonly name: string;
}

const PREFIX = "apiserver_authorization";

/** Prometheus' own. */
const DEFAULT_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export class AuthorizationMetrics {
  readonly decisions: Counter<"type" | "name" | "decision">;
  readonly #evaluations: Counter<"name" | "result">;
  readonly #durations: Histogram<"name" | "result">;
  readonly #failOpen: Counter<"name" | "result">;
  readonly #conditionErrors: Counter<"type" | "name">;
  readonly #conditionExclusions: Counter<"type" | "name">;
  readonly #conditionSeconds: Histogram<"type" | "name">;

  constructor(metrics: Metrics) {
    this.decisions = metrics.counter({
      name: `${PREFIX}_decisions_total`,
      help: "Decisions of authorizers that were final, by their type and name and by what was decided.",
      labels: ["type", "name", "decision"],
    });
    this.#evaluations = metrics.counter({
      name: `${PREFIX}_webhook_evaluations_total`,
      help: "Calls of authorization webhooks, by name and result.",
      labels: ["name", "result"],
    });
    this.#durations = metrics.histogram({
      name: `${PREFIX}_webhook_duration_seconds`,
      help: "How long calls of authorization webhooks take, by name and result.",
      labels: ["name", "result"],
      buckets: DEFAULT_BUCKETS,
    });
    this.#failOpen = metrics.counter({
      name: `${PREFIX}_webhook_evaluations_fail_open_total`,
      help: "Questions left to the next authorizer because a webhook failed, by name and result.",
      labels: ["name", "result"],
    });
    this.#conditionErrors = metrics.counter({
      name: `${PREFIX}_match_condition_evaluation_errors_total`,
      help: "Questions about which the match conditions of an authorizer failed, by its type and name.",
      labels: ["type", "name"],
    });
    this.#conditionExclusions = metrics.counter({
      name: `${PREFIX}_match_condition_exclusions_total`,
      help: "Questions that match conditions kept from an authorizer, by its type and name.",
      labels: ["type", "name"],
    });
    this.#conditionSeconds = metrics.histogram({
      name: `${PREFIX}_match_condition_evaluation_seconds`,
      help: "How long match conditions take, by the type and name of their authorizer.",
      labels: ["type", "name"],
      buckets: [0.001, 0.005, 0.01, 0.025, 0.1, 0.2, 0.25],
    });
  }

  observeCall(name: string, result: WebhookResult, seconds: number): void {
    this.#evaluations.add({ name, result });
    this.#durations.observe({ name, result }, seconds);
  }

  observeFailOpen(name: string, result: WebhookResult): void {
    this.#failOpen.add({ name, result });
  }

  observeConditions(name: string, outcome: "matched" | "excluded" | "failed", seconds: number): void {
    const labels = { type: "Webhook", name };
    this.#conditionSeconds.observe(labels, seconds);
    if (outcome === "failed") this.#conditionErrors.add(labels);
    if (outcome === "excluded") this.#conditionExclusions.add(labels);
  }
}
