import type { Clock } from "#base/clock.ts";
import { includes, type Level } from "./audit/audit-policy.ts";

/** What the time of a request is spent on, in the words of apiserver `pkg/endpoints/request/webhook_duration.go`. */
export type LatencyLayer =
  | "authentication"
  | "impersonation"
  | "apf-queue-wait"
  | "authorization"
  | "etcd"
  | "mutating-webhook"
  | "validating-webhook";

/** What happens at once, or is over before the same begins again, counts as long as the longest of it. */
const LONGEST_COUNTS: readonly LatencyLayer[] = ["apf-queue-wait", "authorization", "validating-webhook"];

/** What is to be said of a request in its audit event. A key keeps its first value (apiserver `pkg/audit`). */
export class AuditAnnotations {
  readonly #clock: Pick<Clock, "now"> | undefined;
  readonly #values = new Map<string, { readonly value: string; readonly level: Level }>();
  readonly #latencies = new Map<LatencyLayer, number>();

  /** Without a clock nobody is interested in how long something takes. */
  constructor(clock?: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** Events below the level do not have it. */
  add(key: string, value: string, level: Level = "Metadata"): void {
    if (!this.#values.has(key)) this.#values.set(key, { value, level });
  }

  /** Those that an event of the level has. */
  entries(level: Level): ReadonlyMap<string, string> {
    const entries = [...this.#values].filter(([, each]) => includes(level, each.level));
    return new Map(entries.map(([key, { value }]) => [key, value]));
  }

  took(layer: LatencyLayer, ms: number): void {
    const before = this.#latencies.get(layer) ?? 0;
    this.#latencies.set(layer, LONGEST_COUNTS.includes(layer) ? Math.max(before, ms) : before + ms);
  }

  async timed<T>(layer: LatencyLayer, work: () => T | Promise<T>): Promise<T> {
    if (this.#clock === undefined) return await work();
    const startedAt = this.#clock.now();
    try {
      return await work();
    } finally {
      this.took(layer, this.#clock.now() - startedAt);
    }
  }

  /** Milliseconds by layer. */
  get latencies(): ReadonlyMap<LatencyLayer, number> {
    return this.#latencies;
  }
}

/** As the method, for a request that may not be recorded. */
export function timed<T>(
  annotations: AuditAnnotations | undefined,
  layer: LatencyLayer,
  work: () => T | Promise<T>,
): T | Promise<T> {
  return annotations === undefined ? work() : annotations.timed(layer, work);
}
