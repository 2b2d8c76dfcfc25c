import type { Clock } from "./clock.ts";
import { TokenBucket } from "./token-bucket.ts";

/** Decides how long an item that failed waits for its next try. */
export interface RateLimiter<T> {
  /** Counts one more failure and returns the milliseconds to wait. */
  delayMs(item: T): number;
  /** Forgets the failures of an item that succeeded or is given up. */
  forget(item: T): void;
  /** Failures since the item was last forgotten. */
  failures(item: T): number;
}

/** Doubles the delay of an item with every failure: `baseMs * 2^failures`, at most `maxMs`. */
export function exponentialPerItem<T>(options: {
  readonly baseMs: number;
  readonly maxMs: number;
}): RateLimiter<T> {
  const failures = new Map<T, number>();
  return {
    delayMs: (item) => {
      const before = failures.get(item) ?? 0;
      failures.set(item, before + 1);
      return Math.min(options.baseMs * 2 ** before, options.maxMs);
    },
    forget: (item) => void failures.delete(item),
    failures: (item) => failures.get(item) ?? 0,
  };
}

/** Spreads the retries of all items together over time. */
export function overallBucket<T>(bucket: Pick<TokenBucket, "reserve">): RateLimiter<T> {
  return { delayMs: () => bucket.reserve(), forget: () => undefined, failures: () => 0 };
}

/** The longest delay that any of the limiters asks for. */
export function slowestOf<T>(limiters: readonly RateLimiter<T>[]): RateLimiter<T> {
  return {
    delayMs: (item) => Math.max(...limiters.map((limiter) => limiter.delayMs(item))),
    forget: (item) => {
      for (const limiter of limiters) limiter.forget(item);
    },
    failures: (item) => Math.max(...limiters.map((limiter) => limiter.failures(item))),
  };
}

/** What every controller uses (client-go `workqueue.DefaultTypedControllerRateLimiter`), some with another maximum. */
export function controllerRateLimiter<T>(clock: Pick<Clock, "now">, maxMs = 1_000_000): RateLimiter<T> {
  return slowestOf([
    exponentialPerItem({ baseMs: 5, maxMs }),
    overallBucket(new TokenBucket({ ratePerSecond: 10, burst: 100 }, clock)),
  ]);
}
