import type { Clock } from "#base/clock.ts";

/** Calls `onIdle` once, when nothing has been touched for `idleMs`; never when that is 0. */
export class IdleTimer implements Disposable {
  readonly #idleMs: number;
  readonly #onIdle: () => void;
  readonly #clock: Clock;
  #touchedAt: number;
  #timer: Disposable | undefined;

  constructor(
    { idleMs, onIdle }: { readonly idleMs: number; readonly onIdle: () => void },
    { clock }: { readonly clock: Clock },
  ) {
    this.#idleMs = idleMs;
    this.#onIdle = onIdle;
    this.#clock = clock;
    this.#touchedAt = clock.now();
    if (this.#idleMs > 0) this.#wait();
  }

  /** Cheap: a timer that comes too early waits for the rest. */
  touch(): void {
    this.#touchedAt = this.#clock.now();
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
  }

  #wait(): void {
    const remainingMs = this.#touchedAt + this.#idleMs - this.#clock.now();
    if (remainingMs <= 0) this.#onIdle();
    else this.#timer = this.#clock.after(remainingMs, () => this.#wait());
  }
}
