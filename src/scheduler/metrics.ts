import type { QueuePart } from "./queue/scheduling-queue.ts";

/** What happens in the scheduler, for those who measure it. */
export interface SchedulerMetrics {
  /** An attempt has ended, with the binding if there was one. */
  attempted(result: "scheduled" | "unschedulable" | "error", profile: string, durationMs: number): void;
  /** Where a pod goes was decided. */
  decided(durationMs: number): void;
  /** A pod was bound; `waitedMs` counts from when it could be tried first. */
  scheduled(attempts: number, waitedMs: number): void;
  incoming(part: QueuePart, event: string): void;
  pending(lengths: Readonly<Record<QueuePart | "gated", number>>): void;
  /** It was looked for pods that could make room for another. */
  preemptionTried(): void;
  /** So many pods are to make room for another. */
  preempted(victims: number): void;
  cached(size: { readonly nodes: number; readonly pods: number; readonly assumedPods: number }): void;
}

const nothing = (): void => undefined;

export const noMetrics: SchedulerMetrics = {
  attempted: nothing,
  decided: nothing,
  scheduled: nothing,
  incoming: nothing,
  pending: nothing,
  preemptionTried: nothing,
  preempted: nothing,
  cached: nothing,
};

interface MetricOptions<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly Label[];
}

type Labels<Label extends string> = Readonly<Record<Label, string>>;

/** Where metrics are declared; the registry of the process is one. */
export interface MetricRegistry {
  counter<Label extends string>(
    options: MetricOptions<Label>,
  ): { add(labels: Labels<Label>, amount?: number): void };
  gauge<Label extends string>(
    options: MetricOptions<Label>,
  ): {
    set(labels: Labels<Label>, value: number): void;
  };
  histogram<Label extends string>(
    options: MetricOptions<Label> & { readonly buckets: readonly number[] },
  ): { observe(labels: Labels<Label>, value: number): void };
}

/** The metrics of kube-scheduler (`pkg/scheduler/metrics`): its names, texts and buckets. */
const METRICS = {
  attempts: {
    name: "scheduler_schedule_attempts_total",
    help: "Number of attempts to schedule pods, by the result. 'unschedulable' means a pod could not be scheduled, while 'error' means an internal scheduler problem.",
    labels: ["result", "profile"],
  },
  attemptDuration: {
    name: "scheduler_scheduling_attempt_duration_seconds",
    help: "Scheduling attempt latency in seconds (scheduling algorithm + binding)",
    labels: ["result", "profile"],
    buckets: doubling(0.001, 15),
  },
  algorithmDuration: {
    name: "scheduler_scheduling_algorithm_duration_seconds",
    help: "Scheduling algorithm latency in seconds",
    labels: [],
    buckets: doubling(0.001, 15),
  },
  podAttempts: {
    name: "scheduler_pod_scheduling_attempts",
    help: "Number of attempts to successfully schedule a pod.",
    labels: [],
    buckets: doubling(1, 5),
  },
  sliDuration: {
    name: "scheduler_pod_scheduling_sli_duration_seconds",
    help: "E2e latency for a pod being scheduled, from the time the pod enters the scheduling queue and might involve multiple scheduling attempts.",
    labels: ["attempts"],
    buckets: doubling(0.01, 20),
  },
  incomingPods: {
    name: "scheduler_queue_incoming_pods_total",
    help: "Number of pods added to scheduling queues by event and queue type.",
    labels: ["queue", "event"],
  },
  pendingPods: {
    name: "scheduler_pending_pods",
    help: "Number of pending pods, by the queue type. 'active' means number of pods in activeQ; 'backoff' means number of pods in backoffQ; 'unschedulable' means number of pods in unschedulablePods that the scheduler attempted to schedule and failed; 'gated' is the number of unschedulable pods that the scheduler never attempted to schedule because they are gated.",
    labels: ["queue"],
  },
  preemptionAttempts: {
    name: "scheduler_preemption_attempts_total",
    help: "Total preemption attempts in the cluster till now",
    labels: [],
  },
  preemptionVictims: {
    name: "scheduler_preemption_victims",
    help: "Number of selected preemption victims",
    labels: [],
    buckets: doubling(1, 7),
  },
  cacheSize: {
    name: "scheduler_cache_size",
    help: "Number of nodes, pods, and assumed (bound) pods in the scheduler cache.",
    labels: ["type"],
  },
} as const;

/** Declares the metrics in the registry. */
export function createSchedulerMetrics(registry: MetricRegistry): SchedulerMetrics {
  const attempts = registry.counter(METRICS.attempts);
  const attemptDuration = registry.histogram(METRICS.attemptDuration);
  const algorithmDuration = registry.histogram(METRICS.algorithmDuration);
  const podAttempts = registry.histogram(METRICS.podAttempts);
  const sliDuration = registry.histogram(METRICS.sliDuration);
  const incomingPods = registry.counter(METRICS.incomingPods);
  const pendingPods = registry.gauge(METRICS.pendingPods);
  const preemptionAttempts = registry.counter(METRICS.preemptionAttempts);
  const preemptionVictims = registry.histogram(METRICS.preemptionVictims);
  const cacheSize = registry.gauge(METRICS.cacheSize);
  return {
    attempted: (result, profile, durationMs) => {
      attempts.add({ result, profile });
      attemptDuration.observe({ result, profile }, durationMs / 1000);
    },
    decided: (durationMs) => algorithmDuration.observe({}, durationMs / 1000),
    scheduled: (count, waitedMs) => {
      podAttempts.observe({}, count);
      sliDuration.observe({ attempts: count >= 15 ? "15+" : String(count) }, waitedMs / 1000);
    },
    incoming: (part, event) => incomingPods.add({ queue: part, event }),
    pending: (lengths) => {
      for (const [queue, length] of Object.entries(lengths)) pendingPods.set({ queue }, length);
    },
    preemptionTried: () => preemptionAttempts.add({}),
    preempted: (victims) => preemptionVictims.observe({}, victims),
    cached: ({ nodes, pods, assumedPods }) => {
      cacheSize.set({ type: "nodes" }, nodes);
      cacheSize.set({ type: "pods" }, pods);
      cacheSize.set({ type: "assumed_pods" }, assumedPods);
    },
  };
}

/** The upper bounds of `count` buckets, each twice the one before. */
function doubling(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => first * 2 ** index);
}
