import type { PodStats, Summary } from "./summary.ts";

type Labels = Readonly<Record<string, string>>;

interface Sample {
  readonly labels: Labels;
  readonly value: number;
  /** Milliseconds since the epoch at which it was measured. */
  readonly at?: number;
}

interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge";
  readonly samples: (summary: Summary) => readonly Sample[];
}

const NANOSECONDS = 1e9;

/** Kubernetes `pkg/kubelet/metrics/collectors/resource_metrics.go`, in the order of their names. */
const FAMILIES: readonly Family[] = [
  {
    name: "container_cpu_usage_seconds_total",
    help: "[STABLE] Cumulative cpu time consumed by the container in core-seconds",
    type: "counter",
    samples: ({ pods }) =>
      ofContainers(pods, ({ cpu }) => ({ value: cpu.usageCoreNanoSeconds / NANOSECONDS, time: cpu.time })),
  },
  {
    name: "container_memory_working_set_bytes",
    help: "[STABLE] Current working set of the container in bytes",
    type: "gauge",
    samples: ({ pods }) =>
      ofContainers(pods, ({ memory }) => ({ value: memory.workingSetBytes, time: memory.time })),
  },
  {
    name: "container_start_time_seconds",
    help: "[STABLE] Start time of the container since unix epoch in seconds",
    type: "gauge",
    samples: ({ pods }) => ofContainers(pods, ({ startTime }) => ({ value: Date.parse(startTime) / 1000 })),
  },
  {
    name: "node_cpu_usage_seconds_total",
    help: "[STABLE] Cumulative cpu time consumed by the node in core-seconds",
    type: "counter",
    samples: ({ node: { cpu } }) => [sample({}, cpu.usageCoreNanoSeconds / NANOSECONDS, cpu.time)],
  },
  {
    name: "node_memory_working_set_bytes",
    help: "[STABLE] Current working set of the node in bytes",
    type: "gauge",
    samples: ({ node: { memory } }) => [sample({}, memory.workingSetBytes, memory.time)],
  },
  {
    name: "pod_cpu_usage_seconds_total",
    help: "[STABLE] Cumulative cpu time consumed by the pod in core-seconds",
    type: "counter",
    samples: ({ pods }) =>
      pods.map(({ podRef, cpu }) =>
        sample(podLabels(podRef), cpu.usageCoreNanoSeconds / NANOSECONDS, cpu.time),
      ),
  },
  {
    name: "pod_memory_working_set_bytes",
    help: "[STABLE] Current working set of the pod in bytes",
    type: "gauge",
    samples: ({ pods }) =>
      pods.map(({ podRef, memory }) => sample(podLabels(podRef), memory.workingSetBytes, memory.time)),
  },
];

const SCRAPE_ERROR = "1 if there was an error while getting container metrics, 0 otherwise";

/** `/metrics/resource` in the Prometheus text format; without a summary it says only that there is none. */
export function formatResourceMetrics(summary: Summary | undefined): string {
  const failed: Family = {
    name: "resource_scrape_error",
    help: `[STABLE] ${SCRAPE_ERROR}`,
    type: "gauge",
    samples: () => [],
  };
  const families =
    summary === undefined ? [] : FAMILIES.map((family) => formatFamily(family, family.samples(summary)));
  const error = formatFamily(failed, [{ labels: {}, value: summary === undefined ? 1 : 0 }]);
  return [...families, error].join("");
}

function formatFamily({ name, help, type }: Family, samples: readonly Sample[]): string {
  if (samples.length === 0) return "";
  const lines = samples.map(({ labels, value, at }) => {
    const time = at === undefined ? "" : ` ${String(at)}`;
    return `${name}${formatLabels(labels)} ${String(value)}${time}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function formatLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function ofContainers(
  pods: readonly PodStats[],
  read: (container: PodStats["containers"][number]) => { readonly value: number; readonly time?: string },
): readonly Sample[] {
  return pods.flatMap(({ podRef, containers }) =>
    containers.map((container) => {
      const { value, time } = read(container);
      return sample({ container: container.name, ...podLabels(podRef) }, value, time);
    }),
  );
}

function podLabels({ name, namespace }: PodStats["podRef"]): Labels {
  return { namespace, pod: name };
}

function sample(labels: Labels, value: number, time?: string): Sample {
  return { labels, value, ...(time !== undefined && { at: Date.parse(time) }) };
}
