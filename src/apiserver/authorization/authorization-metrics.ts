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
      help: "Total number of terminal decisions made by an authorizer split by authorizer type, name, and decision.",
      stability: "ALPHA",
      labels: ["type", "name", "decision"],
    });
    this.#evaluations = metrics.counter({
      name: `${PREFIX}_webhook_evaluations_total`,
      help: "Round-trips to authorization webhooks.",
      stability: "ALPHA",
      labels: ["name", "result"],
    });
    this.#durations = metrics.histogram({
      name: `${PREFIX}_webhook_duration_seconds`,
      help: "Request latency in seconds.",
      stability: "ALPHA",
      labels: ["name", "result"],
      buckets: DEFAULT_BUCKETS,
    });
    this.#failOpen = metrics.counter({
      name: `${PREFIX}_webhook_evaluations_fail_open_total`,
      help: "NoOpinion results due to webhook timeout or error.",
      stability: "ALPHA",
      labels: ["name", "result"],
    });
    this.#conditionErrors = metrics.counter({
      name: `${PREFIX}_match_condition_evaluation_errors_total`,
      help: "Total number of errors when an authorization webhook encounters a match condition error split by authorizer type and name.",
      stability: "ALPHA",
      labels: ["type", "name"],
    });
    this.#conditionExclusions = metrics.counter({
      name: `${PREFIX}_match_condition_exclusions_total`,
      help: "Total number of exclusions when an authorization webhook is skipped because match conditions exclude it.",
      stability: "ALPHA",
      labels: ["type", "name"],
    });
    this.#conditionSeconds = metrics.histogram({
      name: `${PREFIX}_match_condition_evaluation_seconds`,
      help: "Authorization match condition evaluation time in seconds, split by authorizer type and name.",
      stability: "ALPHA",
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
