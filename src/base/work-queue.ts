import type { Clock } from "./clock.ts";
import { Fifo } from "./fifo.ts";
import type { RateLimiter } from "./rate-limiter.ts";

export interface WorkQueueOptions<T> {
  readonly rateLimiter: RateLimiter<T>;
  readonly clock: Clock;
}

interface Waiting {
  readonly at: number;
  readonly timer: Disposable;
}

/**
 * The queue of client-go's `workqueue`: an item that is added many times before somebody takes it is worked on
 * once; an item that is added while it is worked on is worked on again afterwards, never by two at a time. Items
 * leave in the order of their additions. Items are compared as Map keys are.
 */
export class WorkQueue<T> implements Disposable {
  readonly #options: WorkQueueOptions<T>;
  /** Needs work. Its members outside `#processing` are also in `#queue`. */
  readonly #dirty = new Set<T>();
  readonly #processing = new Set<T>();
  readonly #queue = new Fifo<T>();
  readonly #delayed = new Map<T, Waiting>();
  readonly #takers = new Fifo<(item: T | undefined) => void>();
  #closed = false;

  constructor(options: WorkQueueOptions<T>) {
    this.#options = options;
  }

  /** Items that wait for a taker; those that are delayed or being worked on are not counted. */
  get length(): number {
    return this.#queue.length;
  }

  /** Marks the item as needing work. Ignored after disposal. */
  add(item: T): void {
    if (this.#closed || this.#dirty.has(item)) return;
    this.#dirty.add(item);
    if (!this.#processing.has(item)) this.#push(item);
  }

  /** Adds the item after `ms` milliseconds. Of several delays of one item the one that ends first counts. */
  addAfter(item: T, ms: number): void {
    if (this.#closed) return;
    if (ms <= 0) {
      this.add(item);
      return;
    }
    const at = this.#options.clock.now() + ms;
    const waiting = this.#delayed.get(item);
    if (waiting !== undefined && waiting.at <= at) return;
    waiting?.timer[Symbol.dispose]();
    const timer = this.#options.clock.after(ms, () => {
      this.#delayed.delete(item);
      this.add(item);
    });
    this.#delayed.set(item, { at, timer });
  }

  /** Adds the item after the delay that its failures ask for. */
  addRateLimited(item: T): void {
    this.addAfter(item, this.#options.rateLimiter.delayMs(item));
  }

  /** Ends the counting of the item's failures; its next rate limited addition waits shortest. */
  forget(item: T): void {
    this.#options.rateLimiter.forget(item);
  }

  /** How often the item was added rate limited since it was last forgotten. */
  failures(item: T): number {
    return this.#options.rateLimiter.failures(item);
  }

  /** The next item, for which the caller must call `done`; undefined once the queue is disposed. */
  take(): Promise<T | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    if (this.#queue.length > 0) {
      const item = this.#queue.shift() as T;
      this.#begin(item);
      return Promise.resolve(item);
    }
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  /** Ends the work on an item that was taken; it is queued again when it was added meanwhile. */
  done(item: T): void {
    this.#processing.delete(item);
    if (this.#dirty.has(item) && !this.#closed) this.#push(item);
  }

  /** Wakes all takers with undefined and drops everything that waits. */
  [Symbol.dispose](): void {
    this.#closed = true;
    for (const { timer } of this.#delayed.values()) timer[Symbol.dispose]();
    this.#delayed.clear();
    this.#queue.clear();
    this.#dirty.clear();
    for (let wake = this.#takers.shift(); wake !== undefined; wake = this.#takers.shift()) wake(undefined);
  }

  #push(item: T): void {
    const wake = this.#takers.shift();
    if (wake === undefined) {
      this.#queue.push(item);
      return;
    }
    this.#begin(item);
    wake(item);
  }

  #begin(item: T): void {
    this.#dirty.delete(item);
    this.#processing.add(item);
  }
}
