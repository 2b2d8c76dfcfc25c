/**
 * Metrics by name, each with one series for every combination of label values. Unlike those of prom-client a series can
 * be held on to, so that counting a request is an addition and not a search by ten labels.
 */
export interface MetricFamily {
  readonly name: string;
  /** What a prom-client registry prints. */
  get(): Promise<MetricValues>;
}

export interface MetricValues {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly values: readonly MetricValue[];
}

interface MetricValue {
  readonly metricName?: string;
  readonly labels: LabelValues;
  readonly value: number;
}

type LabelValues = Readonly<Record<string, string>>;

interface FamilyOptions {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** Keeps the series of a family. */
class SeriesMap<Series> {
  readonly #labels: readonly string[];
  readonly #create: (labels: LabelValues) => Series;
  readonly #series = new Map<string, Series>();

  constructor(labels: readonly string[], create: (labels: LabelValues) => Series) {
    this.#labels = labels;
    this.#create = create;
    // A metric without labels has its only series from the start, so that it reads as zero.
    if (labels.length === 0) this.of({});
  }

  of(labels: LabelValues): Series {
    let key = "";
    for (const label of this.#labels) key += `${labels[label] ?? ""}\0`;
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    const series = this.#create(labels);
    this.#series.set(key, series);
    return series;
  }

  all(): readonly Series[] {
    return [...this.#series.values()];
  }
}

class NumberSeries {
  readonly labels: LabelValues;
  value = 0;

  constructor(labels: LabelValues) {
    this.labels = labels;
  }

  add(amount = 1): void {
    this.value += amount;
  }

  set(value: number): void {
    this.value = value;
  }
}

export class NumberFamily<Label extends string> implements MetricFamily {
  readonly name: string;
  readonly #options: FamilyOptions & { readonly type: "counter" | "gauge" };
  readonly #series: SeriesMap<NumberSeries>;

  constructor(options: FamilyOptions & { readonly type: "counter" | "gauge" }) {
    this.name = options.name;
    this.#options = options;
    this.#series = new SeriesMap(options.labels, (labels) => new NumberSeries(labels));
  }

  series(labels: Readonly<Record<Label, string>>): NumberSeries {
    return this.#series.of(labels);
  }

  get(): Promise<MetricValues> {
    const { name, help, type } = this.#options;
    const values = this.#series.all().map(({ labels, value }) => ({ labels, value }));
    return Promise.resolve({ name, help, type, values });
  }
}

/** Values that are read when they are asked for. */
export class ReadFamily implements MetricFamily {
  readonly name: string;
  readonly #options: Pick<MetricValues, "name" | "help" | "type">;
  readonly #read: () => readonly ReadValue[];

  constructor(options: Pick<MetricValues, "name" | "help" | "type">, read: () => readonly ReadValue[]) {
    this.name = options.name;
    this.#options = options;
    this.#read = read;
  }

  get(): Promise<MetricValues> {
    const { name, help, type } = this.#options;
    return Promise.resolve({ name, help, type, values: this.#read() });
  }
}

/** One series at the moment. */
export interface ReadValue {
  readonly labels: LabelValues;
  readonly value: number;
}

class HistogramSeries {
  readonly labels: LabelValues;
  readonly #bounds: readonly number[];
  /** Observations by the first bound that holds them; the last is for those beyond all bounds. */
  readonly #counts: number[];
  #sum = 0;

  constructor(labels: LabelValues, bounds: readonly number[]) {
    this.labels = labels;
    this.#bounds = bounds;
    this.#counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  observe(value: number): void {
    const bucket = this.#bounds.findIndex((bound) => value <= bound);
    const index = bucket < 0 ? this.#bounds.length : bucket;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#sum += value;
  }

  values(name: string): readonly MetricValue[] {
    const { labels } = this;
    let count = 0;
    const buckets = [...this.#bounds.map(String), "+Inf"].map((le, index) => {
      count += this.#counts[index] ?? 0;
      return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: this.#sum },
      { metricName: `${name}_count`, labels, value: count },
    ];
  }
}

export class HistogramFamily<Label extends string> implements MetricFamily {
  readonly name: string;
  readonly #options: FamilyOptions;
  readonly #series: SeriesMap<HistogramSeries>;

  constructor(options: FamilyOptions & { readonly buckets: readonly number[] }) {
    this.name = options.name;
    this.#options = options;
    this.#series = new SeriesMap(options.labels, (labels) => new HistogramSeries(labels, options.buckets));
  }

  series(labels: Readonly<Record<Label, string>>): HistogramSeries {
    return this.#series.of(labels);
  }

  get(): Promise<MetricValues> {
    const { name, help } = this.#options;
    const values = this.#series.all().flatMap((series) => series.values(name));
    return Promise.resolve({ name, help, type: "histogram", values });
  }
}
