import type { Clock } from "#base/clock.ts";
import type { Exchange } from "#https/exchange.ts";
import type { Counter, Gauge, Histogram, Metrics } from "#observability/metrics.ts";

type Label = "method" | "path" | "server_type" | "long_running";

const LABELS: readonly Label[] = ["method", "path", "server_type", "long_running"];
const METHODS: readonly string[] = ["OPTIONS", "GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "CONNECT"];
const LONG_RUNNING: readonly string[] = ["exec", "attach", "portforward", "debug"];

/** The default ones of Prometheus' Go client. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Counts requests under the names of kubelets (kubernetes `pkg/kubelet/server/metrics/metrics.go`). */
export class RequestMetrics {
  readonly #requests: Counter<Label>;
  readonly #durations: Histogram<Label>;
  readonly #inflight: Gauge<Label>;
  readonly #paths: ReadonlySet<string>;
  readonly #clock: Pick<Clock, "now">;

  /** `paths` are those that are served; everything else is counted together. */
  constructor(paths: readonly string[], metrics: Metrics, clock: Pick<Clock, "now">) {
    this.#paths = new Set(paths.map(rootOf));
    this.#clock = clock;
    this.#requests = metrics.counter({
      name: "kubelet_http_requests_total",
      help: "Number of the http requests received since the server started",
      labels: LABELS,
    });
    this.#durations = metrics.histogram({
      name: "kubelet_http_requests_duration_seconds",
      help: "Duration in seconds to serve http requests",
      labels: LABELS,
      buckets: BUCKETS,
    });
    this.#inflight = metrics.gauge({
      name: "kubelet_http_inflight_requests",
      help: "Number of the inflight http requests",
      labels: LABELS,
    });
  }

  /** Counts a request until it is finished. */
  count(exchange: Exchange): void {
    const labels = this.#labelsOf(exchange);
    const startedAt = this.#clock.now();
    this.#requests.add(labels);
    this.#inflight.add(labels, 1);
    exchange.onFinished(() => {
      this.#inflight.add(labels, -1);
      this.#durations.observe(labels, (this.#clock.now() - startedAt) / 1000);
    });
  }

  #labelsOf({ method, path }: Exchange): Readonly<Record<Label, string>> {
    const root = rootOf(path);
    const known = this.#paths.has(root) ? root : "other";
    return {
      method: METHODS.includes(method) ? method : "other",
      path: known,
      server_type: "readwrite",
      long_running: String(LONG_RUNNING.includes(known)),
    };
  }
}

/** The first segment of a path; two for those below `/metrics`. */
function rootOf(path: string): string {
  const [first = "", second] = path.slice(1).split("/");
  return first === "metrics" && second !== undefined ? `${first}/${second}` : first;
}
