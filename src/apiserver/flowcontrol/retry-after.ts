/** The longest that a client is told to wait, in seconds. */
const MAX_SECONDS = 32;

interface Second {
  readonly at: number;
  readonly refused: number;
}

/**
 * How long those should wait whom a priority level turns away: twice as long when many keep being turned away, a second
 * less when few are (`dropped_requests_tracker.go`). Times are in seconds.
 */
export class RetryAfter {
  #seconds = 1;
  #history: readonly Second[] = [];
  #current: Second = { at: 0, refused: 0 };
  #lastDoubled = 0;

  get seconds(): number {
    return this.#seconds;
  }

  record(now: number): void {
    if (this.#current.at === now) {
      this.#current = { at: now, refused: this.#current.refused + 1 };
      return;
    }
    const oldest = this.#current.at - Math.min(2 * this.#seconds, MAX_SECONDS);
    this.#history = [...this.#history.filter(({ at }) => at >= oldest), this.#current];
    this.#current = { at: now, refused: 1 };
    this.#adjust(now);
  }

  #adjust(now: number): void {
    const refused = this.#history
      .filter(({ at }) => at < now && now - at <= this.#seconds)
      .reduce((sum, second) => sum + second.refused, 0);
    if (now - this.#lastDoubled >= this.#seconds && refused >= 3 * this.#seconds) {
      this.#seconds = Math.min(2 * this.#seconds, MAX_SECONDS);
      this.#lastDoubled = now;
    } else if (refused < this.#seconds && this.#seconds > 1) {
      this.#seconds -= 1;
    }
  }
}
