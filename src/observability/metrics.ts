import { readdirSync, readFileSync } from "node:fs";
import * as prometheus from "prom-client";
import {
  HistogramFamily,
  type MetricFamily,
  NumberFamily,
  ReadFamily,
  type ReadValue,
} from "./metric-family.ts";

export interface MetricOptions<Label extends string> {
  /** Full name, with the unit and `_total` where Prometheus wants them. */
  readonly name: string;
  readonly help: string;
  /** How much Kubernetes promises of the metric, which stands before its help. */
  readonly stability?: Stability;
  readonly labels: readonly Label[];
}

export type Stability = "ALPHA" | "BETA" | "STABLE";

export interface HistogramOptions<Label extends string> extends MetricOptions<Label> {
  /** Upper bounds in ascending order; infinity is added. */
  readonly buckets: readonly number[];
}

export type Labels<Label extends string> = Readonly<Record<Label, string>>;

export interface Counter<Label extends string> {
  add(labels: Labels<Label>, amount?: number): void;
  /** The series of some labels, for callers that count often: finding it costs more than counting. */
  series(labels: Labels<Label>): { add(amount?: number): void };
}

export interface Gauge<Label extends string> {
  add(labels: Labels<Label>, amount: number): void;
  set(labels: Labels<Label>, value: number): void;
  series(labels: Labels<Label>): { add(amount: number): void; set(value: number): void };
}

export interface Histogram<Label extends string> {
  observe(labels: Labels<Label>, value: number): void;
  series(labels: Labels<Label>): { observe(value: number): void };
}

/** The metrics of one process. A name can be declared once. */
export class Metrics {
  readonly #registry = new prometheus.Registry();

  /** The type of `expose`'s text. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  counter<Label extends string>(options: MetricOptions<Label>): Counter<Label> {
    const family = this.#register(new NumberFamily<Label>({ ...described(options), type: "counter" }));
    return {
      add: (labels, amount = 1) => family.series(labels).add(amount),
      series: (labels) => family.series(labels),
    };
  }

  gauge<Label extends string>(options: MetricOptions<Label>): Gauge<Label> {
    const family = this.#register(new NumberFamily<Label>({ ...described(options), type: "gauge" }));
    return {
      add: (labels, amount) => family.series(labels).add(amount),
      set: (labels, value) => family.series(labels).set(value),
      series: (labels) => family.series(labels),
    };
  }

  /** A value that is read when the metrics are: `read` runs once per scrape. */
  readGauge(options: Omit<MetricOptions<never>, "labels">, read: () => number): void {
    this.readGauges(options, () => [{ labels: {}, value: read() }]);
  }

  /** As `readGauge`, with a series for everything that `read` gives. */
  readGauges(options: Omit<MetricOptions<never>, "labels">, read: () => readonly ReadValue[]): void {
    this.#register(new ReadFamily({ ...described(options), type: "gauge" }, read));
  }

  /** As `readGauge`, for a value that only grows. */
  readCounter(options: Omit<MetricOptions<never>, "labels">, read: () => number): void {
    const values = (): readonly ReadValue[] => [{ labels: {}, value: read() }];
    this.#register(new ReadFamily({ ...described(options), type: "counter" }, values));
  }

  histogram<Label extends string>(options: HistogramOptions<Label>): Histogram<Label> {
    const family = this.#register(new HistogramFamily<Label>(described(options)));
    return {
      observe: (labels, value) => family.series(labels).observe(value),
      series: (labels) => family.series(labels),
    };
  }

  /** All metrics in the Prometheus text format, or those whose names match. */
  async expose(names?: RegExp): Promise<string> {
    if (names === undefined) return await this.#registry.metrics();
    const matching = this.#registry.getMetricsAsArray().filter(({ name }) => names.test(name));
    const texts = await Promise.all(matching.map(({ name }) => this.#registry.getSingleMetricAsString(name)));
    return `${texts.join("\n\n")}\n`;
  }

  #register<T extends MetricFamily>(family: T): T {
    // The registry only reads `name` and calls `get`; its type asks for one of the library's own classes.
    this.#registry.registerMetric(family as unknown as prometheus.Metric);
    return family;
  }
}

/** With the stability where kube-apiserver shows it. */
function described<T extends { readonly help: string; readonly stability?: Stability }>(options: T): T {
  const { help, stability } = options;
  return stability === undefined ? options : { ...options, help: `[${stability}] ${help}` };
}

/** The metrics of the process itself, named as Prometheus clients name them. */
export function addProcessMetrics(metrics: Metrics, { startedAt }: { readonly startedAt: number }): void {
  metrics.readCounter(
    { name: "process_cpu_seconds_total", help: "Total user and system CPU time spent in seconds." },
    () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    },
  );
  for (const { read, ...options } of PROCESS_GAUGES) metrics.readGauge(options, read);
  metrics.readGauge(
    { name: "process_start_time_seconds", help: "Start time of the process since unix epoch in seconds." },
    () => startedAt / 1000,
  );
}

const PROCESS_GAUGES = [
  {
    name: "process_resident_memory_bytes",
    help: "Resident memory size in bytes.",
    read: () => process.memoryUsage.rss(),
  },
  { name: "process_virtual_memory_bytes", help: "Virtual memory size in bytes.", read: virtualMemoryBytes },
  {
    name: "process_open_fds",
    help: "Number of open file descriptors.",
    read: () => readdirSync("/proc/self/fd").length,
  },
  {
    name: "process_max_fds",
    help: "Maximum number of open file descriptors.",
    read: maximumFileDescriptors,
  },
];

/** The 23rd field of proc(5) `stat`; the second may contain blanks and ends with the last parenthesis. */
function virtualMemoryBytes(): number {
  const stat = readFileSync("/proc/self/stat", "latin1");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[20] ?? 0);
}

function maximumFileDescriptors(): number {
  const limit = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "latin1"))?.[1];
  return Number(limit ?? 0);
}
