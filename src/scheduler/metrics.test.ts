import { expect, test } from "bun:test";
import { createSchedulerMetrics, type MetricRegistry } from "./metrics.ts";

/** Writes down what is measured: `name{labels} value`. */
function aRegistry(): { readonly registry: MetricRegistry; readonly lines: string[] } {
  const lines: string[] = [];
  const note = (name: string) => (labels: object, value: number) => {
    const text = Object.entries(labels).map(([label, of]) => `${label}=${String(of)}`);
    lines.push(`${name.replace("scheduler_", "")}{${text.join(",")}} ${String(value)}`);
  };
  const registry: MetricRegistry = {
    counter: ({ name }) => ({ add: (labels, amount = 1) => note(name)(labels, amount) }),
    gauge: ({ name }) => ({ set: note(name) }),
    histogram: ({ name }) => ({ observe: note(name) }),
  };
  return { registry, lines };
}

test("what happens is measured under the names of kube-scheduler, in seconds", () => {
  const { registry, lines } = aRegistry();
  const metrics = createSchedulerMetrics(registry);
  metrics.decided(2);
  metrics.attempted("scheduled", "default-scheduler", 1500);
  metrics.scheduled(2, 30_000);
  metrics.scheduled(20, 1000);
  metrics.incoming("active", "NodeAdd");
  metrics.pending({ active: 1, backoff: 2, unschedulable: 3, gated: 4 });
  metrics.preemptionTried();
  metrics.preempted(3);
  metrics.cached({ nodes: 1, pods: 2, assumedPods: 3 });
  expect(lines).toEqual([
    "scheduling_algorithm_duration_seconds{} 0.002",
    "schedule_attempts_total{result=scheduled,profile=default-scheduler} 1",
    "scheduling_attempt_duration_seconds{result=scheduled,profile=default-scheduler} 1.5",
    "pod_scheduling_attempts{} 2",
    "pod_scheduling_sli_duration_seconds{attempts=2} 30",
    "pod_scheduling_attempts{} 20",
    "pod_scheduling_sli_duration_seconds{attempts=15+} 1",
    "queue_incoming_pods_total{queue=active,event=NodeAdd} 1",
    "pending_pods{queue=active} 1",
    "pending_pods{queue=backoff} 2",
    "pending_pods{queue=unschedulable} 3",
    "pending_pods{queue=gated} 4",
    "preemption_attempts_total{} 1",
    "preemption_victims{} 3",
    "cache_size{type=nodes} 1",
    "cache_size{type=pods} 2",
    "cache_size{type=assumed_pods} 3",
  ]);
});
