import type { Clock } from "#base/clock.ts";
import { nextTurn } from "#base/next-turn.ts";
import type { Logger } from "#observability/logger.ts";
import type { LogAppend, RevisionLog } from "../revision-log.ts";
import type { CommittedState } from "../state/committed-state.ts";
import type { Entry, StoreEvent } from "../store.ts";
import { StoreError } from "../store-error.ts";
import { keyOf, revisionOf } from "../store-event.ts";
import { type OrderedWrite, planCommit } from "./plan-commit.ts";
import { UnloggedWrites } from "./unlogged-writes.ts";

/** What becomes of a write, decided against its key's state after everything ordered before it. */
export type Decision<E extends StoreEvent> = { readonly event: E } | { readonly refusal: StoreError };

export type Decide<E extends StoreEvent> = (present: Entry | undefined, revision: number) => Decision<E>;

export interface WriteSequencerDependencies {
  readonly state: CommittedState;
  readonly log: RevisionLog;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface WriteSequencerOptions {
  /** How long a lazy write may wait for a durable one that takes it along to the disk. */
  readonly lazyDelayMs: number;
}

/** A write, or the refusal of one, that waits for everything ordered before it. */
interface Waiting {
  readonly write: OrderedWrite | undefined;
  /** True when the earlier lazy writes must be logged too. */
  readonly flush?: true;
  readonly commit: () => void;
  readonly fail: (error: unknown) => void;
}

/** Bounds how long one commit holds up the next, and what it copies. */
const MAX_BATCH = { writes: 2000, bytes: 4 * 1024 * 1024 };

/** Lazy writes of more keys than this are worth a commit. */
const MAX_UNLOGGED_KEYS = 1000;

/**
 * Puts writes in order and commits them in batches: what arrives while one commit runs goes into the next. A write
 * becomes visible, and is answered, in that order and after the commit that holds it. When a commit fails, it and
 * everything ordered on top of it is rejected, as if it had never been asked for.
 */
export class WriteSequencer {
  readonly #deps: WriteSequencerDependencies;
  readonly #options: WriteSequencerOptions;
  readonly #queue: Waiting[] = [];
  /** The newest write of each key that has writes in order which are not committed. */
  readonly #pending = new Map<string, StoreEvent>();
  readonly #unlogged = new UnloggedWrites();
  /** The newest revision given out. Those of failed writes are not used again. */
  #orderedRevision: number;
  #loggedRevision: number;
  /** Lazy writes up to this revision need not wait for the log. */
  #reservedRevision: number;
  /** Present while something is in order that is not committed. */
  #running: Promise<void> | undefined;
  #flushTimer: Disposable | undefined;
  #failing = false;
  #closed = false;

  constructor(deps: WriteSequencerDependencies, options: WriteSequencerOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#orderedRevision = deps.state.revision;
    this.#loggedRevision = deps.state.revision;
    this.#reservedRevision = deps.state.revision;
  }

  /** Resolves with the event once it is visible; rejects with the refusal or with why the commit failed. */
  order<E extends StoreEvent>(key: string, decide: Decide<E>, lazy = false): Promise<E> {
    if (this.#closed) return Promise.reject(closedError());
    const decision = decide(this.#newest(key), this.#orderedRevision + 1);
    if ("refusal" in decision) return this.#refuse(key, decision.refusal);
    this.#orderedRevision += 1;
    // A lazy create would leave the log without the record that later ones refer to.
    return this.#accept(decision.event, lazy && decision.event.previous !== undefined);
  }

  /** Commits everything that is in order, and takes no more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
    this.#disarmFlush();
    const isSettled = this.#unlogged.size === 0 && this.#reservedRevision <= this.#loggedRevision;
    if (!isSettled) await this.#settleReservation();
  }

  /** Resolves when every write that was answered before the call is in the log. */
  flush(): Promise<void> {
    if (this.#unlogged.size === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#enqueue({ write: undefined, flush: true, commit: resolve, fail: reject });
    });
  }

  #newest(key: string): Entry | undefined {
    const pending = this.#pending.get(key);
    if (pending === undefined) return this.#deps.state.get(key);
    return pending.type === "put" ? pending.entry : undefined;
  }

  /** A refusal that rests on a write which is not committed yet waits for it: that write may still fail. */
  #refuse(key: string, refusal: StoreError): Promise<never> {
    if (!this.#pending.has(key)) return Promise.reject(refusal);
    return new Promise((_resolve, reject) => {
      this.#enqueue({ write: undefined, commit: () => reject(refusal), fail: reject });
    });
  }

  #accept<E extends StoreEvent>(event: E, lazy: boolean): Promise<E> {
    const write = { event, lazy };
    if (lazy && this.#running === undefined && revisionOf(event) <= this.#reservedRevision) {
      this.#publish([write], undefined);
      if (this.#unlogged.size > MAX_UNLOGGED_KEYS && !this.#failing) this.#flushLazily();
      return Promise.resolve(event);
    }
    this.#pending.set(keyOf(event), event);
    return new Promise((resolve, reject) => {
      this.#enqueue({ write, commit: () => resolve(event), fail: reject });
    });
  }

  #enqueue(waiting: Waiting): void {
    this.#queue.push(waiting);
    this.#running ??= this.#commitAll();
  }

  async #commitAll(): Promise<void> {
    do {
      // Whoever was just answered, or whose request just arrived, may order the next write first.
      await nextTurn();
      await this.#commitNext();
    } while (this.#queue.length > 0);
    this.#running = undefined;
  }

  async #commitNext(): Promise<void> {
    const batch = takeBatch(this.#queue);
    const writes = batch.map(({ write }) => write).filter((write) => write !== undefined);
    const isFlush = batch.some(({ flush }) => flush === true);
    const append = this.#plan(writes, isFlush);
    try {
      if (append !== undefined) await this.#deps.log.append(append);
    } catch (error) {
      this.#reject(batch, error);
      return;
    }
    this.#publish(writes, append);
    for (const { commit } of batch) commit();
  }

  #plan(writes: readonly OrderedWrite[], flush: boolean): LogAppend | undefined {
    return planCommit({ writes, unlogged: this.#unlogged, reservedRevision: this.#reservedRevision, flush });
  }

  /** Makes writes visible; `append` is what of them, and of earlier lazy ones, has been logged. */
  #publish(writes: readonly OrderedWrite[], append: LogAppend | undefined): void {
    const events = writes.map(({ event }) => event);
    for (const event of events) {
      if (this.#pending.get(keyOf(event)) === event) this.#pending.delete(keyOf(event));
      if (append === undefined && event.type === "put") this.#unlogged.add(event);
    }
    if (append !== undefined) this.#noteLogged(append, events.at(-1));
    this.#deps.state.apply(events, this.#loggedRevision);
    this.#armFlush();
  }

  #noteLogged(append: LogAppend, last: StoreEvent | undefined): void {
    this.#loggedRevision = last === undefined ? this.#deps.state.revision : revisionOf(last);
    this.#reservedRevision = append.reservedRevision ?? this.#reservedRevision;
    this.#unlogged.clear();
    this.#disarmFlush();
    if (this.#failing) this.#deps.logger.info("Committed again after failures");
    this.#failing = false;
  }

  #reject(batch: readonly Waiting[], error: unknown): void {
    const rejected = [...batch, ...this.#queue.splice(0)];
    this.#pending.clear();
    for (const { fail } of rejected) fail(error);
    if (!this.#failing) this.#deps.logger.error("Failed to commit", { error, writes: rejected.length });
    this.#failing = true;
    this.#disarmFlush();
    this.#armFlush();
  }

  #armFlush(): void {
    if (this.#unlogged.size === 0 || this.#flushTimer !== undefined || this.#closed) return;
    this.#flushTimer = this.#deps.clock.after(this.#options.lazyDelayMs, () => {
      this.#flushTimer = undefined;
      this.#flushLazily();
    });
  }

  /** A failure has been logged and a next time arranged for by then. */
  #flushLazily(): void {
    this.flush().catch(() => undefined);
  }

  #disarmFlush(): void {
    this.#flushTimer?.[Symbol.dispose]();
    this.#flushTimer = undefined;
  }

  /** Logs the last lazy writes and gives back the rest of the reservation, so that no revision counts as lost. */
  async #settleReservation(): Promise<void> {
    const { state, log, logger } = this.#deps;
    try {
      await log.append({ records: this.#plan([], true)?.records ?? [], reservedRevision: state.revision });
      this.#unlogged.clear();
    } catch (error) {
      logger.error("Failed to commit the last heartbeats", { error, keys: this.#unlogged.size });
    }
  }
}

/** The longest leading part of the queue within the bounds of a batch, at least one. */
function takeBatch(queue: Waiting[]): Waiting[] {
  let bytes = 0;
  const end = queue.findIndex(({ write }, index) => {
    bytes += write?.event.type === "put" ? write.event.entry.value.length : 0;
    return index > 0 && (index >= MAX_BATCH.writes || bytes > MAX_BATCH.bytes);
  });
  return queue.splice(0, end === -1 ? queue.length : end);
}

export function closedError(): StoreError {
  return new StoreError({ code: "closed" }, "Cannot write: the store is closed");
}
