import type { Counter, Gauge, Histogram, Metrics } from "#observability/metrics.ts";
import type { Flow } from "./flow-controller.ts";
import type { PriorityLevel } from "./priority-level.ts";

type Level = Pick<PriorityLevel<unknown>, "name" | "limits" | "currentLimit">;

type FlowLabel = "priority_level" | "flow_schema";

const FLOW_LABELS: readonly FlowLabel[] = ["priority_level", "flow_schema"];

/** Those of apiserver `util/flowcontrol/metrics/metrics.go`. */
const DURATION_BUCKETS = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];

/** What flow control does, under the names of kube-apiserver. */
export class FlowControlMetrics {
  readonly #rejected: Counter<FlowLabel | "reason">;
  readonly #dispatched: Counter<FlowLabel>;
  readonly #waiting: Gauge<FlowLabel>;
  readonly #executing: Gauge<FlowLabel>;
  readonly #seats: Gauge<FlowLabel>;
  readonly #waits: Histogram<FlowLabel | "execute">;
  readonly #limits: readonly LimitGauge[];
  readonly #series = new WeakMap<object, FlowSeries>();

  constructor(metrics: Metrics) {
    const name = (suffix: string): string => `apiserver_flowcontrol_${suffix}`;
    this.#rejected = metrics.counter({
      name: name("rejected_requests_total"),
      help: "Number of requests rejected by API Priority and Fairness subsystem",
      labels: [...FLOW_LABELS, "reason"],
    });
    this.#dispatched = metrics.counter({
      name: name("dispatched_requests_total"),
      help: "Number of requests executed by API Priority and Fairness subsystem",
      labels: FLOW_LABELS,
    });
    this.#waiting = metrics.gauge({
      name: name("current_inqueue_requests"),
      help: "Number of requests currently pending in queues of the API Priority and Fairness subsystem",
      labels: FLOW_LABELS,
    });
    this.#executing = metrics.gauge({
      name: name("current_executing_requests"),
      help: "Number of requests in initial (for a WATCH) or any (for a non-WATCH) execution stage in the API Priority and Fairness subsystem",
      labels: FLOW_LABELS,
    });
    this.#seats = metrics.gauge({
      name: name("current_executing_seats"),
      help: "Concurrency (number of seats) occupied by the currently executing (initial stage for a WATCH, any stage otherwise) requests in the API Priority and Fairness subsystem",
      labels: FLOW_LABELS,
    });
    this.#waits = metrics.histogram({
      name: name("request_wait_duration_seconds"),
      help: "Length of time a request spent waiting in its queue",
      labels: [...FLOW_LABELS, "execute"],
      buckets: DURATION_BUCKETS,
    });
    this.#limits = LIMITS.map(({ suffix, help, of }) => ({
      gauge: metrics.gauge({ name: name(suffix), help, labels: ["priority_level"] }),
      of,
    }));
  }

  /** The series of a flow, which are looked up once. */
  of(flow: Pick<Flow<unknown>, "schema"> & { readonly level: Level }): FlowSeries {
    const known = this.#series.get(flow);
    if (known !== undefined) return known;
    const labels = { priority_level: flow.level.name, flow_schema: flow.schema.metadata.name };
    const series: FlowSeries = {
      rejected: (reason) => this.#rejected.add({ ...labels, reason }),
      dispatched: this.#dispatched.series(labels),
      waiting: this.#waiting.series(labels),
      executing: this.#executing.series(labels),
      seats: this.#seats.series(labels),
      waitedAndExecuted: this.#waits.series({ ...labels, execute: "true" }),
      waitedInVain: (seconds) => this.#waits.observe({ ...labels, execute: "false" }, seconds),
    };
    this.#series.set(flow, series);
    return series;
  }

  /** Tells the limits of a level as they are now. */
  noteLimits(level: Level): void {
    for (const { gauge, of } of this.#limits) gauge.set({ priority_level: level.name }, of(level));
  }
}

export interface FlowSeries {
  readonly rejected: (reason: string) => void;
  readonly dispatched: ReturnType<Counter<never>["series"]>;
  readonly waiting: ReturnType<Gauge<never>["series"]>;
  readonly executing: ReturnType<Gauge<never>["series"]>;
  readonly seats: ReturnType<Gauge<never>["series"]>;
  readonly waitedAndExecuted: ReturnType<Histogram<never>["series"]>;
  readonly waitedInVain: (seconds: number) => void;
}

interface LimitGauge {
  readonly gauge: Gauge<"priority_level">;
  readonly of: (level: Level) => number;
}

const LIMITS: readonly {
  readonly suffix: string;
  readonly help: string;
  readonly of: (level: Level) => number;
}[] = [
  {
    suffix: "nominal_limit_seats",
    help: "Nominal number of execution seats configured for each priority level",
    of: ({ limits }) => limits.nominal,
  },
  {
    suffix: "lower_limit_seats",
    help: "Configured lower bound on number of execution seats available to each priority level",
    of: ({ limits }) => limits.min,
  },
  {
    suffix: "upper_limit_seats",
    help: "Configured upper bound on number of execution seats available to each priority level",
    of: ({ limits }) => limits.max,
  },
  {
    suffix: "current_limit_seats",
    help: "current derived number of execution seats available to each priority level",
    of: ({ currentLimit }) => currentLimit,
  },
];
