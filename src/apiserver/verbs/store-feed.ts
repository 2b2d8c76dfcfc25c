import type { Clock } from "#base/clock.ts";
import { LinkedAbort } from "#base/linked-abort.ts";
import type { StoreEvent, StoreWatch } from "#store/store.ts";

/** What a feed delivers: changes, the moment when all changes so far have been delivered, or its end. */
export type FeedSignal =
  | { readonly type: "changes"; readonly changes: readonly StoreEvent[] }
  | { readonly type: "idle" }
  | { readonly type: "end" };

export interface StoreFeedOptions {
  /** How often to report that nothing is pending; absent for never. */
  readonly idleEveryMs?: number;
  /** When the feed ends by itself. */
  readonly timeoutMs: number;
  /** It ends when one of them aborts, too. */
  readonly until: readonly AbortSignal[];
}

/** The last report comes this long before the end, so that the next watch can start close to now. */
const FAREWELL_MS = 2000;

/**
 * Reports of all feeds fall on the same moments, so many between two of one feed: what nothing happens to is not woken for
 * each feed, nor are all of them told at once.
 */
const MOMENTS = 10;

/** How soon to look again whether a watch that starts in the past has read all of it. */
const CATCH_UP_MS = 1000;

/**
 * Merges the changes of a store watch with the passing of time. `idle` is only delivered when every change that
 * reads can see has been: the store queues a change in the turn in which it becomes visible, so a pull of a watch that has
 * caught up and is still unanswered when a timer fires has nothing to wait for but the future.
 */
export class StoreFeed implements AsyncDisposable {
  readonly #watch: StoreWatch;
  readonly #changes: AsyncIterator<readonly StoreEvent[]>;
  readonly #stop: LinkedAbort;
  readonly #clock: Clock;
  readonly #idleEveryMs: number | undefined;
  readonly #timers = new DisposableStack();
  #idleTimer: Disposable | undefined;
  #isIdleDue = false;
  #isPulling = false;
  #isOver = false;
  #ready: Promise<FeedSignal> | undefined;
  #waiter: PromiseWithResolvers<FeedSignal> | undefined;

  /** `open` starts the store's watch, which must end when its signal aborts. */
  constructor(
    open: (signal: AbortSignal) => StoreWatch,
    clock: Clock,
    { idleEveryMs, timeoutMs, until }: StoreFeedOptions,
  ) {
    this.#stop = new LinkedAbort(...until);
    this.#watch = open(this.#stop.signal);
    this.#changes = this.#watch[Symbol.asyncIterator]();
    this.#clock = clock;
    this.#idleEveryMs = idleEveryMs;
    this.#timers.use(clock.after(timeoutMs, () => this.#end()));
    if (idleEveryMs === undefined) return;
    this.#scheduleNextIdle(idleEveryMs);
    if (timeoutMs > FAREWELL_MS) {
      this.#timers.use(clock.after(timeoutMs - FAREWELL_MS, () => this.#reportIdle()));
    }
  }

  /** One call at a time. Rejects as the store's watch does. */
  next(): Promise<FeedSignal> {
    const ready = this.#ready;
    if (ready !== undefined) {
      this.#ready = undefined;
      return ready;
    }
    if (this.#isOver) return Promise.resolve({ type: "end" });
    this.#waiter = Promise.withResolvers<FeedSignal>();
    const { promise } = this.#waiter;
    this.#pull();
    if (this.#isIdleDue) this.#scheduleIdle(0);
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
    this.#timers.dispose();
    this.#idleTimer?.[Symbol.dispose]();
    this.#stop.abort();
    this.#stop[Symbol.dispose]();
    await this.#changes.return?.();
  }

  #pull(): void {
    if (this.#isPulling) return;
    this.#isPulling = true;
    const signal = this.#changes
      .next()
      .then(
        ({ done, value }): FeedSignal =>
          done === true ? { type: "end" } : { type: "changes", changes: value },
      );
    const deliver = (): void => {
      this.#isPulling = false;
      const waiter = this.#takeWaiter();
      if (waiter === undefined) this.#ready = signal;
      else waiter.resolve(signal);
    };
    signal.then(deliver, deliver);
  }

  #scheduleNextIdle(everyMs: number): void {
    const now = this.#clock.now();
    const momentMs = everyMs / MOMENTS;
    this.#scheduleIdle(Math.round((now + everyMs) / momentMs) * momentMs - now);
  }

  #scheduleIdle(afterMs: number): void {
    this.#idleTimer?.[Symbol.dispose]();
    this.#idleTimer = this.#clock.after(afterMs, () => this.#reportIdle());
  }

  /** Reports to a waiting reader; a busy one hears of it at the next moment of rest. */
  #reportIdle(): void {
    if (!this.#watch.isCaughtUp) {
      this.#scheduleIdle(CATCH_UP_MS);
      return;
    }
    const waiter = this.#takeWaiter();
    this.#isIdleDue = waiter === undefined;
    if (waiter === undefined) return;
    waiter.resolve({ type: "idle" });
    if (this.#idleEveryMs !== undefined) this.#scheduleNextIdle(this.#idleEveryMs);
  }

  #end(): void {
    this.#isOver = true;
    this.#takeWaiter()?.resolve({ type: "end" });
  }

  #takeWaiter(): PromiseWithResolvers<FeedSignal> | undefined {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    return waiter;
  }
}
