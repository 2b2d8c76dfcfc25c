import type { Clock } from "#base/clock.ts";
import type { Logger } from "#observability/logger.ts";
import type { Counter, Metrics } from "#observability/metrics.ts";
import type { Level } from "../audit-policy.ts";

/** What loses events, in upstream's names. */
export type AuditPlugin = "log" | "webhook" | "buffered" | "truncate";

export interface AuditMetricsDependencies {
  readonly metrics: Metrics;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
}

/** A backend that is away loses events all the time: the log is told of it this often. */
const LOG_EVERY_MS = 10_000;

/** What Kubernetes counts of audit events (apiserver `pkg/audit/metrics.go`). */
export class AuditMetrics {
  readonly #dependencies: Omit<AuditMetricsDependencies, "metrics">;
  readonly #events: Counter<never>;
  readonly #errors: Counter<"plugin">;
  readonly #rejected: Counter<never>;
  readonly #levels: Counter<"level">;
  readonly #loggedAt = new Map<AuditPlugin, number>();

  constructor({ metrics, ...dependencies }: AuditMetricsDependencies) {
    this.#dependencies = dependencies;
    this.#events = metrics.counter({
      name: "apiserver_audit_event_total",
      help: "Audit events that were sent to a backend.",
      labels: [],
    });
    this.#errors = metrics.counter({
      name: "apiserver_audit_error_total",
      help: "Audit events that were lost, by what lost them.",
      labels: ["plugin"],
    });
    this.#rejected = metrics.counter({
      name: "apiserver_audit_requests_rejected_total",
      help: "Requests that were refused because they could not be recorded.",
      labels: [],
    });
    this.#levels = metrics.counter({
      name: "apiserver_audit_level_total",
      help: "Requests by the level that the audit policy has for them.",
      labels: ["level"],
    });
  }

  decided(level: Level): void {
    this.#levels.add({ level });
  }

  sent(): void {
    this.#events.add({});
  }

  rejected(): void {
    this.#rejected.add({});
  }

  lost(plugin: AuditPlugin, error: unknown, events: number): void {
    this.#errors.add({ plugin }, events);
    const { clock, logger } = this.#dependencies;
    const now = clock.now();
    const loggedAt = this.#loggedAt.get(plugin);
    if (loggedAt !== undefined && now - loggedAt < LOG_EVERY_MS) return;
    this.#loggedAt.set(plugin, now);
    logger.error("Lost audit events", { plugin, events, error });
  }
}
