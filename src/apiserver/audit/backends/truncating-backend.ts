import { type AuditEvent, formatAuditEvent } from "../audit-event.ts";
import { includes } from "../audit-policy.ts";
import { type AuditBackend, allRecorded, type Recorded } from "./audit-backend.ts";
import type { AuditMetrics } from "./audit-metrics.ts";

/** In bytes of JSON. */
export interface TruncateLimits {
  readonly maxEventSize: number;
  readonly maxBatchSize: number;
}

export interface Truncated {
  readonly batches: readonly (readonly AuditEvent[])[];
  /** How many are too large even without their objects. */
  readonly lost: number;
}

/** Takes the objects out of events that are too large (apiserver `plugin/pkg/audit/truncate`). */
export class TruncatingBackend implements AuditBackend {
  readonly #limits: TruncateLimits;
  readonly #delegate: AuditBackend;
  readonly #metrics: Pick<AuditMetrics, "lost">;

  constructor(
    limits: TruncateLimits,
    { delegate, metrics }: { readonly delegate: AuditBackend; readonly metrics: Pick<AuditMetrics, "lost"> },
  ) {
    this.#limits = limits;
    this.#delegate = delegate;
    this.#metrics = metrics;
  }

  process(events: readonly AuditEvent[]): Recorded {
    const { batches, lost } = truncateEvents(events, this.#limits);
    if (lost > 0) this.#metrics.lost("truncate", new Error("event is too large even after truncating"), lost);
    return allRecorded(batches.map((batch) => this.#delegate.process(batch)));
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#delegate[Symbol.asyncDispose]();
  }
}

export function truncateEvents(
  events: readonly AuditEvent[],
  { maxEventSize, maxBatchSize }: TruncateLimits,
): Truncated {
  const batches: AuditEvent[][] = [];
  let batchSize = Number.POSITIVE_INFINITY;
  let lost = 0;
  for (const event of events) {
    const { kept, size } = truncateEvent(event, maxEventSize);
    if (kept === undefined) {
      lost += 1;
      continue;
    }
    if (batchSize + size > maxBatchSize) {
      batches.push([]);
      batchSize = 0;
    }
    batches.at(-1)?.push(kept);
    batchSize += size;
  }
  return { batches, lost };
}

function truncateEvent(event: AuditEvent, maxSize: number) {
  const size = sizeOf(event);
  if (size <= maxSize) return { kept: event, size };
  if (!includes(event.level, "Request")) return { kept: undefined, size };
  const kept: AuditEvent = {
    ...event,
    requestObject: undefined,
    responseObject: undefined,
    annotations: new Map([...event.annotations, ["audit.k8s.io/truncated", "true"]]),
  };
  const keptSize = sizeOf(kept);
  return { kept: keptSize > maxSize ? undefined : kept, size: keptSize };
}

function sizeOf(event: AuditEvent): number {
  return Buffer.byteLength(formatAuditEvent(event));
}
