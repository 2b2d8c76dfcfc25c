import type { Clock } from "#base/clock.ts";

/**
 * Time limits of many short things at once. A server sets one for every request and needs almost none of them, so
 * they share one timer, which looks through them once a second: a limit may be exceeded by that much.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #waiting = new Set<Deadline>();
  #isTicking = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `expire` once after `ms` unless the result is disposed before. */
  add(ms: number, expire: () => void): Disposable {
    const deadline = new Deadline(this.#waiting, this.#clock.now() + ms, expire);
    this.#waiting.add(deadline);
    this.#wait();
    return deadline;
  }

  #tick(): void {
    this.#isTicking = false;
    const now = this.#clock.now();
    for (const deadline of this.#waiting) {
      if (deadline.at > now) continue;
      this.#waiting.delete(deadline);
      deadline.expire();
    }
    if (this.#waiting.size > 0) this.#wait();
  }

  #wait(): void {
    if (this.#isTicking) return;
    this.#isTicking = true;
    this.#clock.after(TICK_MS, () => this.#tick());
  }
}

const TICK_MS = 1000;

class Deadline implements Disposable {
  readonly at: number;
  readonly expire: () => void;
  readonly #waiting: Set<Deadline>;

  constructor(waiting: Set<Deadline>, at: number, expire: () => void) {
    this.#waiting = waiting;
    this.at = at;
    this.expire = expire;
  }

  [Symbol.dispose](): void {
    this.#waiting.delete(this);
  }
}
