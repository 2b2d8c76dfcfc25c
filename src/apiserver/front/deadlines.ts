import type { Clock } from "#base/clock.ts";

interface Deadline {
  readonly at: number;
  readonly expire: () => void;
}

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

  /** Settles as `work` does, or rejects with what `expire` returns when `work` takes longer than `ms`. */
  run<T>(ms: number, work: Promise<T>, expire: () => Error): Promise<T> {
    return new Promise((resolve, reject) => {
      const deadline: Deadline = { at: this.#clock.now() + ms, expire: () => reject(expire()) };
      this.#waiting.add(deadline);
      this.#wait();
      const settle = <V>(settler: (value: V) => void) => {
        return (value: V): void => {
          this.#waiting.delete(deadline);
          settler(value);
        };
      };
      work.then(settle(resolve), settle(reject));
    });
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
