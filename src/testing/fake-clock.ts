import type { Clock } from "#base/clock.ts";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that stands still until `advance` moves it, firing what became due in order of time. */
export class FakeClock implements Clock {
  #now: number;
  #timers: readonly Timer[] = [];

  constructor(now = Date.parse("2026-01-01T00:00:00Z")) {
    this.#now = now;
  }

  /** How many timers wait; a leaked one shows here. */
  get pending(): number {
    return this.#timers.length;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (): void => {
        timer[Symbol.dispose]();
        reject(signal?.reason as Error);
      };
      const timer = this.after(ms, () => {
        signal?.removeEventListener("abort", fail);
        resolve();
      });
      if (signal?.aborted === true) fail();
      else signal?.addEventListener("abort", fail, { once: true });
    });
  }

  after(ms: number, callback: () => void): Disposable {
    const timer: Timer = { at: this.#now + ms, callback };
    this.#timers = [...this.#timers, timer].toSorted((a, b) => a.at - b.at);
    return { [Symbol.dispose]: () => this.#remove(timer) };
  }

  /** Moves time forward and lets everything that was waiting for it run, promises included. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#timers[0]; next !== undefined && next.at <= end; next = this.#timers[0]) {
      this.#now = Math.max(this.#now, next.at);
      this.#remove(next);
      next.callback();
      await settle();
    }
    this.#now = end;
  }

  #remove(timer: Timer): void {
    this.#timers = this.#timers.filter((other) => other !== timer);
  }
}

/** Lets promise continuations run; a macrotask turn runs after all of them, however deep the chain. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
