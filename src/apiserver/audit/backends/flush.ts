import type { Clock } from "#base/clock.ts";

/** What waits to be sent gets this long when the server stops. */
const FLUSH_MS = 5_000;

/** The end of recording: backends send what they have without waiting for more, and then give up what is left. */
export class Flush {
  readonly #begun = new AbortController();
  readonly #over = new AbortController();

  /** From now on nobody gathers events, holds them back, or waits before trying again. */
  get begun(): AbortSignal {
    return this.#begun.signal;
  }

  /** What has not been sent by now is lost. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Disposal of what it returns leaves those who send all the time that they need. */
  begin(clock: Pick<Clock, "after">): Disposable {
    this.#begun.abort(new Error("the server stops"));
    return clock.after(FLUSH_MS, () => this.#over.abort(new Error("the server has stopped")));
  }
}
