import { StatusError } from "#apimachinery/status-error.ts";
import type { Clock } from "#base/clock.ts";
import type { Histogram, Metrics } from "#observability/metrics.ts";
import type { AdmissionOperation } from "./admission-plugin.ts";

export type AdmissionType = "admit" | "validate";

type Label = "name" | "type" | "operation" | "rejected";

const BUCKETS = [0.005, 0.025, 0.1, 0.5, 1, 2.5];

/** What Kubernetes measures of plugins and of all of them together (apiserver `pkg/admission/metrics`). */
export class AdmissionMetrics {
  readonly #clock: Pick<Clock, "now">;
  readonly #plugins: Histogram<Label>;
  readonly #steps: Histogram<Exclude<Label, "name">>;

  constructor(metrics: Metrics, { clock }: { readonly clock: Pick<Clock, "now"> }) {
    this.#clock = clock;
    this.#plugins = metrics.histogram({
      name: "apiserver_admission_controller_admission_duration_seconds",
      help: "How long admission plugins take, by name, operation and type (validate or admit).",
      labels: ["name", "type", "operation", "rejected"],
      buckets: BUCKETS,
    });
    this.#steps = metrics.histogram({
      name: "apiserver_admission_step_admission_duration_seconds",
      help: "How long all admission plugins take together, by operation and type (validate or admit).",
      labels: ["type", "operation", "rejected"],
      buckets: BUCKETS,
    });
  }

  plugin(name: string, type: AdmissionType, operation: AdmissionOperation): AdmissionTimer {
    return new AdmissionTimer(this.#clock, (rejected) =>
      this.#plugins.series({ name, type, operation, rejected: String(rejected) }),
    );
  }

  step(type: AdmissionType, operation: AdmissionOperation): AdmissionTimer {
    return new AdmissionTimer(this.#clock, (rejected) =>
      this.#steps.series({ type, operation, rejected: String(rejected) }),
    );
  }
}

type Series = ReturnType<Histogram<never>["series"]>;

/** Measures the same for many requests. Who returns or throws an error refuses the request. */
export class AdmissionTimer {
  readonly #clock: Pick<Clock, "now">;
  readonly #seriesOf: (rejected: boolean) => Series;
  readonly #series = new Map<boolean, Series>();

  constructor(clock: Pick<Clock, "now">, seriesOf: (rejected: boolean) => Series) {
    this.#clock = clock;
    this.#seriesOf = seriesOf;
  }

  time<T>(work: () => T | Promise<T>): T | Promise<T> {
    const startedAt = this.#clock.now();
    try {
      const result = work();
      if (result instanceof Promise) return this.#settled(result, startedAt);
      this.#observe(startedAt, result instanceof StatusError);
      return result;
    } catch (error) {
      this.#observe(startedAt, true);
      throw error;
    }
  }

  async #settled<T>(promise: Promise<T>, startedAt: number): Promise<T> {
    try {
      const result = await promise;
      this.#observe(startedAt, result instanceof StatusError);
      return result;
    } catch (error) {
      this.#observe(startedAt, true);
      throw error;
    }
  }

  #observe(startedAt: number, rejected: boolean): void {
    const series = this.#series.get(rejected) ?? this.#seriesOf(rejected);
    this.#series.set(rejected, series);
    series.observe((this.#clock.now() - startedAt) / 1000);
  }
}
