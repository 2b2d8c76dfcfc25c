/** What Kubernetes counts of webhooks, and of conditions of policies (apiserver `pkg/admission/metrics`). */
import type { Counter, Histogram, Metrics } from "#observability/metrics.ts";
import type { ConditionsOutcome } from "../../expressions/match-conditions.ts";
import type { AdmissionOperation } from "../admission-plugin.ts";

export type WebhookType = "admit" | "validating";

/** What came of one call. */
export interface ObservedCall {
  readonly name: string;
  readonly type: WebhookType;
  readonly operation: AdmissionOperation;
  readonly seconds: number;
  /** Of HTTP; 0 where the failure is the server's own. */
  readonly code: number;
  /** Why the request was refused; absent when it was not. */
  readonly rejection?: "no_error" | "calling_webhook_error" | "apiserver_internal_error";
}

/** What came of the conditions of a webhook or policy. */
export interface ObservedConditions extends Pick<ObservedCall, "name" | "operation" | "seconds"> {
  readonly kind: "webhook" | "policy";
  readonly type: WebhookType | "validate";
  readonly outcome: ConditionsOutcome;
}

const CONDITION_LABELS = ["name", "kind", "type", "operation"] as const;

/** Webhooks choose codes themselves; more than this many are not told apart. */
const MAX_CODE = 600;

export class WebhookMetrics {
  readonly #durations: Histogram<"name" | "type" | "operation" | "rejected">;
  readonly #requests: Counter<"name" | "type" | "operation" | "code" | "rejected">;
  readonly #rejections: Counter<"name" | "type" | "operation" | "error_type" | "rejection_code">;
  readonly #failOpen: Counter<"name" | "type">;
  readonly #conditionSeconds: Histogram<"name" | "kind" | "type" | "operation">;
  readonly #conditionErrors: Counter<"name" | "kind" | "type" | "operation">;
  readonly #conditionExclusions: Counter<"name" | "kind" | "type" | "operation">;

  constructor(metrics: Metrics) {
    const prefix = "apiserver_admission_webhook";
    this.#durations = metrics.histogram({
      name: `${prefix}_admission_duration_seconds`,
      help: "How long calls of admission webhooks take, by name, operation and type (validating or admit).",
      labels: ["name", "type", "operation", "rejected"],
      buckets: [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 25],
    });
    this.#requests = metrics.counter({
      name: `${prefix}_request_total`,
      help: "Calls of admission webhooks, by name, type, operation, HTTP code and whether the request was rejected.",
      labels: ["name", "type", "operation", "code", "rejected"],
    });
    this.#rejections = metrics.counter({
      name: `${prefix}_rejection_count`,
      help: "Requests rejected because of admission webhooks, by name, type, operation, kind of error and HTTP code.",
      labels: ["name", "type", "operation", "error_type", "rejection_code"],
    });
    this.#failOpen = metrics.counter({
      name: `${prefix}_fail_open_count`,
      help: "Requests let through although an admission webhook could not be called, by name and type.",
      labels: ["name", "type"],
    });
    const conditions = "apiserver_admission_match_condition";
    this.#conditionSeconds = metrics.histogram({
      name: `${conditions}_evaluation_seconds`,
      help: "How long match conditions take, by whose they are, operation and type (validating or admit).",
      labels: CONDITION_LABELS,
      buckets: [0.001, 0.005, 0.01, 0.025, 0.1, 0.2, 0.25],
    });
    this.#conditionErrors = metrics.counter({
      name: `${conditions}_evaluation_errors_total`,
      help: "Requests refused because of match conditions that could not be evaluated, by whose they are, operation and type.",
      labels: CONDITION_LABELS,
    });
    this.#conditionExclusions = metrics.counter({
      name: `${conditions}_exclusions_total`,
      help: "Requests that match conditions keep from what they belong to, by whose they are, operation and type.",
      labels: CONDITION_LABELS,
    });
  }

  /** `outcome` is true when all conditions hold, false when one of them does not. */
  observeConditions({ name, kind, type, operation, seconds, outcome }: ObservedConditions): void {
    const labels = { name, kind, type, operation };
    this.#conditionSeconds.observe(labels, seconds);
    if (outcome === false) this.#conditionExclusions.add(labels);
    else if (outcome !== true) this.#conditionErrors.add(labels);
  }

  observe({ name, type, operation, seconds, code, rejection }: ObservedCall): void {
    const rejected = String(rejection !== undefined);
    const shown = String(Math.min(code, MAX_CODE));
    this.#requests.add({ name, type, operation, code: shown, rejected });
    this.#durations.observe({ name, type, operation, rejected }, seconds);
    if (rejection === undefined) return;
    this.#rejections.add({ name, type, operation, error_type: rejection, rejection_code: shown });
  }

  observeFailOpen(name: string, type: WebhookType): void {
    this.#failOpen.add({ name, type });
  }
}
