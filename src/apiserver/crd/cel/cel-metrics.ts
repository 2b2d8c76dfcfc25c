import type { Clock } from "#base/clock.ts";
import type { Histogram, Metrics } from "#observability/metrics.ts";

/** Prometheus' own. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** How long rules of custom resources take (apiserver `pkg/cel/metrics`). */
export class CelMetrics {
  readonly #clock: Pick<Clock, "now">;
  readonly #histograms: Readonly<Record<"compilation" | "evaluation", Histogram<never>>>;

  constructor(metrics: Metrics, { clock }: { readonly clock: Pick<Clock, "now"> }) {
    const histogram = (name: string, help: string) =>
      metrics.histogram<never>({ name, help, stability: "BETA", labels: [], buckets: BUCKETS });
    this.#clock = clock;
    this.#histograms = {
      compilation: histogram(
        "apiserver_cel_compilation_duration_seconds",
        "CEL compilation time in seconds.",
      ),
      evaluation: histogram("apiserver_cel_evaluation_duration_seconds", "CEL evaluation time in seconds."),
    };
  }

  timed<T>(what: "compilation" | "evaluation", work: () => T): T {
    const startedAt = this.#clock.now();
    try {
      return work();
    } finally {
      this.#histograms[what].observe({}, (this.#clock.now() - startedAt) / 1000);
    }
  }
}
