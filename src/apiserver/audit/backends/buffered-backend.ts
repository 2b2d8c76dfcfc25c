import type { Clock } from "#base/clock.ts";
import { onAbort } from "#base/disposable.ts";
import { Fifo } from "#base/fifo.ts";
import { TokenBucket, type TokenBucketOptions } from "#base/token-bucket.ts";
import type { AuditEvent } from "../audit-event.ts";
import type { AuditBackend } from "./audit-backend.ts";
import type { AuditMetrics } from "./audit-metrics.ts";
import type { Flush } from "./flush.ts";

export interface BatchOptions {
  /** Events that may wait. */
  readonly bufferSize: number;
  readonly maxBatchSize: number;
  /** No event waits longer for a batch to become full. */
  readonly maxBatchWaitMs: number;
  /** How many batches are sent; default: as many as there are. */
  readonly throttle?: TokenBucketOptions | undefined;
  /** How many are on their way at once. */
  readonly maxUnderWay: number;
}

export interface BufferedBackendDependencies {
  readonly delegate: AuditBackend;
  readonly metrics: Pick<AuditMetrics, "lost">;
  readonly flush: Pick<Flush, "begun" | "over">;
  readonly clock: Clock;
}

/** Objects in events may be large: no more than this much of them is kept for a receiver that is away or slow. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;

/**
 * Gathers events in batches, so that no request waits for them (apiserver `plugin/pkg/audit/buffered`). What there is no
 * room for is lost.
 */
export class BufferedBackend implements AuditBackend {
  readonly #options: BatchOptions;
  readonly #dependencies: BufferedBackendDependencies;
  readonly #throttle: TokenBucket | undefined;
  readonly #waiting = new Fifo<AuditEvent>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #sending: Promise<void>;
  readonly #flushing: Disposable;
  /** Of events that wait or are on their way. */
  #heldBytes = 0;
  #isDue = false;
  #timer: Disposable | undefined;
  #wake: (() => void) | undefined;

  constructor(options: BatchOptions, dependencies: BufferedBackendDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    const { throttle } = options;
    this.#throttle = throttle && new TokenBucket(throttle, dependencies.clock);
    this.#flushing = onAbort(dependencies.flush.begun, () => this.#wake?.());
    this.#sending = this.#send();
  }

  process(events: readonly AuditEvent[]): true {
    const taken = events.filter((event) => this.#take(event));
    const { metrics } = this.#dependencies;
    if (taken.length < events.length)
      metrics.lost("buffered", new Error("audit buffer queue blocked"), events.length - taken.length);
    if (this.#isReady()) this.#wake?.();
    else this.#startTimer();
    return true;
  }

  /** The flush must have begun. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sending;
    this.#flushing[Symbol.dispose]();
    await Promise.all(this.#underWay);
    await this.#dependencies.delegate[Symbol.asyncDispose]();
  }

  #take(event: AuditEvent): boolean {
    const bytes = sizeOf(event);
    const hasRoom = this.#heldBytes === 0 || this.#heldBytes + bytes <= MAX_HELD_BYTES;
    const { over } = this.#dependencies.flush;
    if (!hasRoom || this.#waiting.length >= this.#options.bufferSize || over.aborted) return false;
    this.#waiting.push(event);
    this.#heldBytes += bytes;
    return true;
  }

  /** Whether a batch is to be sent now. */
  #isReady(): boolean {
    const { length } = this.#waiting;
    if (length === 0) return false;
    return length >= this.#options.maxBatchSize || this.#isDue || this.#dependencies.flush.begun.aborted;
  }

  #startTimer(): void {
    if (this.#waiting.length === 0) return;
    const { clock } = this.#dependencies;
    this.#timer ??= clock.after(this.#options.maxBatchWaitMs, () => {
      this.#isDue = true;
      this.#wake?.();
    });
  }

  async #send(): Promise<void> {
    for (let batch = await this.#next(); batch.length > 0; batch = await this.#next()) {
      await this.#waitForTurn();
      while (this.#underWay.size >= this.#options.maxUnderWay) await Promise.race(this.#underWay);
      const sent = this.#deliver(batch).finally(() => this.#underWay.delete(sent));
      this.#underWay.add(sent);
    }
  }

  /** Empty when there will be no more. */
  async #next(): Promise<readonly AuditEvent[]> {
    while (!this.#isReady()) {
      if (this.#dependencies.flush.begun.aborted) return [];
      this.#startTimer();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#isDue = false;
    const size = Math.min(this.#waiting.length, this.#options.maxBatchSize);
    return Array.from({ length: size }, () => this.#waiting.shift() as AuditEvent);
  }

  async #waitForTurn(): Promise<void> {
    const { clock, flush } = this.#dependencies;
    const waitMs = flush.begun.aborted ? 0 : (this.#throttle?.reserve() ?? 0);
    // A wait that the flush has ended is over.
    if (waitMs > 0) await clock.sleep(waitMs, flush.begun).catch(() => undefined);
  }

  async #deliver(batch: readonly AuditEvent[]): Promise<void> {
    const { delegate, metrics, flush } = this.#dependencies;
    if (flush.over.aborted) metrics.lost("buffered", flush.over.reason, batch.length);
    else await delegate.process(batch);
    for (const event of batch) this.#heldBytes -= sizeOf(event);
  }
}

/** About what the other fields of an event take. */
const METADATA_BYTES = 1000;

function sizeOf({ requestObject = "", responseObject = "" }: AuditEvent): number {
  return METADATA_BYTES + requestObject.length + responseObject.length;
}
