import type { Metrics } from "#observability/metrics.ts";
import type { Result } from "./result.ts";

/** Counts what controllers do. */
export interface ReconcileMetrics {
  /** One attempt at a key has ended. */
  reconciled(controller: string, result: Result["type"], durationMs: number): void;
  /** How many keys wait, told after every attempt. */
  queued(controller: string, length: number): void;
}

const nothing = (): void => undefined;

export const noMetrics: ReconcileMetrics = { reconciled: nothing, queued: nothing };

/** Queues have the metrics of client-go's `workqueue`; results have none there. */
export function createReconcileMetrics(metrics: Metrics): ReconcileMetrics {
  const depth = metrics.gauge({
    name: "workqueue_depth",
    help: "Current depth of workqueue",
    labels: ["name"],
  });
  const duration = metrics.histogram({
    name: "workqueue_work_duration_seconds",
    help: "How long in seconds processing an item from workqueue takes.",
    labels: ["name"],
    buckets: [0.00001, 0.0001, 0.001, 0.01, 0.1, 1, 10],
  });
  const results = metrics.counter({
    name: "kubelith_reconcile_total",
    help: "Attempts of controllers to bring an object to its desired state, by result",
    labels: ["controller", "result"],
  });
  return {
    reconciled: (controller, result, durationMs) => {
      duration.observe({ name: controller }, durationMs / 1000);
      results.add({ controller, result });
    },
    queued: (controller, length) => depth.set({ name: controller }, length),
  };
}
