import type { Clock } from "#base/clock.ts";
import type { Counter, Gauge, Histogram, Metrics } from "#observability/metrics.ts";

const PREFIX = "authentication_token_cache";

/** Prometheus' own. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Counts what is remembered of tokens and what is not (apiserver `token/cache/stats.go`). */
export class TokenCacheMetrics {
  readonly #clock: Pick<Clock, "now">;
  readonly #requests: Counter<"status">;
  readonly #durations: Histogram<"status">;
  readonly #fetches: Counter<"status">;
  readonly #active: Gauge<"status">;
  readonly #hits: { add(): void };
  readonly #hitDurations: { observe(value: number): void };

  constructor(metrics: Metrics, { clock }: { readonly clock: Pick<Clock, "now"> }) {
    const options = { help: "", stability: "ALPHA", labels: ["status"] } as const;
    this.#clock = clock;
    this.#requests = metrics.counter({ ...options, name: `${PREFIX}_request_total` });
    this.#durations = metrics.histogram({
      ...options,
      name: `${PREFIX}_request_duration_seconds`,
      buckets: BUCKETS,
    });
    this.#fetches = metrics.counter({ ...options, name: `${PREFIX}_fetch_total` });
    this.#active = metrics.gauge({ ...options, name: `${PREFIX}_active_fetch_count` });
    this.#hits = this.#requests.series({ status: "hit" });
    this.#hitDurations = this.#durations.series({ status: "hit" });
  }

  hit(): void {
    this.#hits.add();
    this.#hitDurations.observe(0);
  }

  /** Finds out about a token of which nothing is known. */
  async miss<T>(fetch: () => Promise<T>): Promise<T> {
    const startedAt = this.#clock.now();
    const [waiting, running] = ["blocked", "in_flight"].map((status) => this.#active.series({ status }));
    waiting?.add(1);
    running?.add(1);
    let status = "error";
    try {
      const found = await fetch();
      status = "ok";
      return found;
    } finally {
      waiting?.add(-1);
      running?.add(-1);
      this.#fetches.add({ status });
      this.#requests.add({ status: "miss" });
      this.#durations.observe({ status: "miss" }, (this.#clock.now() - startedAt) / 1000);
    }
  }
}
