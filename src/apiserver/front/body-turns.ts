import { nextTurn } from "#base/next-turn.ts";
import type { Exchange } from "#https/exchange.ts";

/** What is worked on at once takes a few milliseconds at most. */
const LONG_BYTES = 16 * 1024;

/**
 * Reads bodies, and says in which turn of the event loop each is worked on. Long ones get a turn of their own: what is done
 * with them takes up to a second, and others are heard in between. Short ones that have come in one turn set out together
 * in the next. They then go through one stage of their handling after the other side by side, and the processor, whose
 * caches hold a stage but not all of them, needs little more than half the time for each.
 */
export class BodyTurns {
  #lastLong: Promise<void> = Promise.resolve();
  #short: Promise<void> | undefined;

  /** Rejects with the reason of the exchange's signal when a client has gone before it is the turn of its long body. */
  async read(exchange: Exchange): Promise<Buffer> {
    const bytes = await exchange.readBody();
    if (bytes.length <= LONG_BYTES) {
      await this.#setOutTogether();
      return bytes;
    }
    this.#lastLong = this.#lastLong.then(nextTurn);
    await this.#lastLong;
    exchange.signal.throwIfAborted();
    return bytes;
  }

  #setOutTogether(): Promise<void> {
    this.#short ??= nextTurn().then(() => {
      this.#short = undefined;
    });
    return this.#short;
  }
}
