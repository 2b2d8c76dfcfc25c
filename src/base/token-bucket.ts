import type { Clock } from "./clock.ts";

export interface TokenBucketOptions {
  /** Tokens that come back each second. */
  readonly ratePerSecond: number;
  /** Most tokens the bucket holds; it starts full. */
  readonly burst: number;
}

/** The token bucket of Go's `x/time/rate`, which client-go uses for every limit. */
export class TokenBucket {
  readonly #options: TokenBucketOptions;
  readonly #clock: Pick<Clock, "now">;
  #tokens: number;
  #updatedAt: number;

  constructor(options: TokenBucketOptions, clock: Pick<Clock, "now">) {
    this.#options = options;
    this.#clock = clock;
    this.#tokens = options.burst;
    this.#updatedAt = clock.now();
  }

  /** Takes one token if there is one. */
  tryTake(): boolean {
    this.#refill();
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Takes one token, from the future if need be, and returns the milliseconds until it exists. */
  reserve(): number {
    this.#refill();
    this.#tokens -= 1;
    return this.#tokens >= 0 ? 0 : (-this.#tokens / this.#options.ratePerSecond) * 1000;
  }

  #refill(): void {
    const now = this.#clock.now();
    // A clock that was set back gives nothing and takes nothing.
    const elapsedSeconds = Math.max(0, now - this.#updatedAt) / 1000;
    this.#tokens = Math.min(this.#options.burst, this.#tokens + elapsedSeconds * this.#options.ratePerSecond);
    this.#updatedAt = now;
  }
}
