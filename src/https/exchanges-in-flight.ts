import type { Clock } from "#base/clock.ts";
import type { Exchange } from "./exchange.ts";

/** How long a stop waits for requests that are being answered. */
const STOP_GRACE_MS = 5000;

/** The exchanges of one listener that are not finished yet. */
export class ExchangesInFlight {
  readonly #clock: Clock;
  readonly #all = new Set<Exchange>();
  /** Those whose answer lasts as long as the client likes. */
  readonly #streams = new Set<Exchange>();
  readonly #drained = Promise.withResolvers<void>();
  #isStopping = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin(exchange: Exchange): void {
    this.#all.add(exchange);
  }

  /** Says that the answer to `exchange` is a stream: a stop ends it instead of waiting for it. */
  addStream(exchange: Exchange): void {
    this.#streams.add(exchange);
    if (this.#isStopping) exchange.abort(stopped());
  }

  end(exchange: Exchange): void {
    this.#all.delete(exchange);
    this.#streams.delete(exchange);
    exchange.finish();
    if (this.#isStopping && this.#all.size === 0) this.#drained.resolve();
  }

  /** Ends the streams, now and from now on, and lets the others finish for a while. */
  async drain(): Promise<void> {
    this.#isStopping = true;
    for (const exchange of this.#streams) exchange.abort(stopped());
    if (this.#all.size === 0) return;
    using _timer = this.#clock.after(STOP_GRACE_MS, () => this.#drained.resolve());
    await this.#drained.promise;
  }
}

function stopped(): Error {
  return new DOMException("The server stops", "AbortError");
}
