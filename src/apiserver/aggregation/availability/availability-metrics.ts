import { isConditionTrue } from "#apimachinery/conditions.ts";
import type { Counter, Metrics } from "#observability/metrics.ts";
import type { ApiServices } from "../api-services.ts";

/** Shows which APIServices are unavailable, and counts how often they became so, under the names of kube-aggregator. */
export class AvailabilityMetrics {
  readonly #unavailable: Counter<"name" | "reason">;

  constructor(metrics: Metrics, services: ApiServices) {
    metrics.readGauges(
      {
        name: "aggregator_unavailable_apiservice",
        help: "Gauge of APIServices which are marked as unavailable broken down by APIService name.",
      },
      () =>
        services.list().map(({ metadata: { name }, status }) => {
          return { labels: { name }, value: isConditionTrue(status?.conditions, "Available") ? 0 : 1 };
        }),
    );
    this.#unavailable = metrics.counter({
      name: "aggregator_unavailable_apiservice_total",
      help: "Counter of APIServices which are marked as unavailable broken down by APIService name and reason.",
      labels: ["name", "reason"],
    });
  }

  becameUnavailable(name: string, reason: string): void {
    this.#unavailable.add({ name, reason });
  }
}
