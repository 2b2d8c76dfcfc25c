import type { Clock } from "./clock.ts";

export interface BackoffOptions {
  readonly initialMs: number;
  readonly maxMs: number;
  readonly factor: number;
  /** Each delay is lengthened by a random share of itself between 0 and this. */
  readonly jitter: number;
  /** Start again from `initialMs` when the last delay was asked for longer ago than this. */
  readonly resetAfterMs?: number;
}

export interface BackoffDependencies {
  readonly clock: Pick<Clock, "now">;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Growing delays between the tries of one loop (apimachinery `wait.Backoff.DelayWithReset`). */
export class Backoff {
  readonly #options: BackoffOptions;
  readonly #dependencies: BackoffDependencies;
  #nextMs: number;
  #askedAt: number | undefined;

  constructor(options: BackoffOptions, dependencies: BackoffDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#nextMs = options.initialMs;
  }

  /** Milliseconds to wait before the next try. */
  next(): number {
    const { factor, jitter, maxMs, resetAfterMs } = this.#options;
    const now = this.#dependencies.clock.now();
    if (resetAfterMs !== undefined && now - (this.#askedAt ?? now) > resetAfterMs) this.reset();
    this.#askedAt = now;
    const delay = this.#nextMs;
    this.#nextMs = Math.min(delay * factor, maxMs);
    return delay * (1 + jitter * this.#dependencies.random());
  }

  /** What follows is a first try again. */
  reset(): void {
    this.#nextMs = this.#options.initialMs;
  }
}
