import { Fifo } from "#base/fifo.ts";

/** Lets so many do something at once, those who ask first before the others. */
export class Turns {
  readonly #waiting = new Fifo<() => void>();
  #free: number;

  constructor(most = Number.POSITIVE_INFINITY) {
    this.#free = most;
  }

  /** Resolves when it is the caller's turn, which ends with the disposal. */
  async take(): Promise<Disposable> {
    if (this.#free > 0) {
      this.#free -= 1;
    } else {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      await promise;
    }
    return { [Symbol.dispose]: () => this.#end() };
  }

  #end(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}
