import type { StoreEvent, StoreWatch } from "../store.ts";
import { StoreError } from "../store-error.ts";
import { revisionOf } from "../store-event.ts";

export type EventBatch = readonly StoreEvent[];

/** Older events of one watch, page by page; undefined when only the live ones are left. */
export type OlderPages = () => Promise<EventBatch | undefined>;

export interface WatcherOptions {
  /** Live events up to this revision are not wanted: it need not exist yet. */
  readonly afterRevision: number;
  /** Live events that may wait for the reader before the watch fails with `slowWatcher`. */
  readonly maxPendingEvents: number;
  /** What the reader gets before the live events. */
  readonly older?: OlderPages | undefined;
  /** Called once, when the watch wants no more events. */
  readonly onClose: () => void;
}

type Reading = IteratorResult<EventBatch>;

const DONE: Reading = { value: undefined, done: true };

/**
 * One watch between the fan-out, which pushes and never waits, and its reader, which pulls, one read at a time.
 * Batches are passed on as they are, so that a thousand watchers of one prefix share one array.
 */
export class Watcher implements StoreWatch, AsyncIterableIterator<EventBatch> {
  readonly #options: WatcherOptions;
  #older: OlderPages | undefined;
  #batches: EventBatch[] = [];
  #pendingEvents = 0;
  #reader: PromiseWithResolvers<Reading> | undefined;
  #closed = false;
  /** Thrown to the next read, once. */
  #error: Error | undefined;

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.#older = options.older;
  }

  get isCaughtUp(): boolean {
    return this.#older === undefined;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  push(published: EventBatch): void {
    const batch = this.#wanted(published);
    if (this.#closed || batch.length === 0) return;
    const reader = this.#takeReader();
    if (reader !== undefined) {
      reader.resolve({ value: batch, done: false });
      return;
    }
    this.#batches.push(batch);
    this.#pendingEvents += batch.length;
    if (this.#pendingEvents > this.#options.maxPendingEvents) this.fail(this.#tooSlow());
  }

  /** Ends the watch with an error; what has not been read yet is dropped. */
  fail(error: Error): void {
    if (this.#closed) return;
    const reader = this.#takeReader();
    if (reader === undefined) this.#error = error;
    else reader.reject(error);
    this.close();
  }

  /** Ends the watch; what has not been read yet is dropped. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#batches = [];
    this.#older = undefined;
    this.#takeReader()?.resolve(DONE);
    this.#options.onClose();
  }

  next(): Promise<Reading> {
    return this.#older === undefined ? this.#nextLive() : this.#nextOlder(this.#older);
  }

  return(): Promise<Reading> {
    this.close();
    return Promise.resolve(DONE);
  }

  async #nextOlder(older: OlderPages): Promise<Reading> {
    try {
      const batch = await older();
      if (batch !== undefined && !this.#closed) return { value: batch, done: false };
      this.#older = undefined;
    } catch (error) {
      if (error instanceof Error) this.fail(error);
      else throw error;
    }
    return await this.#nextLive();
  }

  #nextLive(): Promise<Reading> {
    const error = this.#error;
    this.#error = undefined;
    if (error !== undefined) return Promise.reject(error);
    if (this.#closed) return Promise.resolve(DONE);
    const batch = this.#batches.shift();
    if (batch === undefined) return this.#wait();
    this.#pendingEvents -= batch.length;
    return Promise.resolve({ value: batch, done: false });
  }

  #wanted(batch: EventBatch): EventBatch {
    const first = batch[0];
    if (first !== undefined && revisionOf(first) > this.#options.afterRevision) return batch;
    return batch.filter((event) => revisionOf(event) > this.#options.afterRevision);
  }

  #wait(): Promise<Reading> {
    if (this.#reader !== undefined) return Promise.reject(new TypeError("Cannot read a watch twice at once"));
    this.#reader = Promise.withResolvers<Reading>();
    return this.#reader.promise;
  }

  #takeReader(): PromiseWithResolvers<Reading> | undefined {
    const reader = this.#reader;
    this.#reader = undefined;
    return reader;
  }

  #tooSlow(): StoreError {
    const waiting = String(this.#pendingEvents);
    return new StoreError(
      { code: "slowWatcher" },
      `Cannot continue watch: ${waiting} events wait for a reader that is too slow`,
    );
  }
}
