import { expect, test } from "bun:test";
import { Metrics } from "#observability/metrics.ts";
import { createReconcileMetrics } from "./metrics.ts";

test("reconciliations show in the metrics of the process", async () => {
  const metrics = new Metrics();
  const reconciles = createReconcileMetrics(metrics);
  reconciles.reconciled("replicaset", "done", 5);
  reconciles.reconciled("replicaset", "failed", 5);
  reconciles.queued("replicaset", 3);
  const text = await metrics.expose();
  expect(text).toContain('workqueue_depth{name="replicaset"} 3');
  expect(text).toContain('workqueue_work_duration_seconds_count{name="replicaset"} 2');
  expect(text).toContain('kubelith_reconcile_total{controller="replicaset",result="failed"} 1');
});
