import { nextTurn } from "#base/next-turn.ts";
import type { Exchange } from "#https/exchange.ts";

/** What is worked on at once takes a few milliseconds at most. */
const LONG_BYTES = 16 * 1024;

/**
 * Reads bodies, and hands out the long ones one by one, each in a turn of the event loop of its own: what is done with them
 * takes up to a second, and others are heard in between.
 */
export class LongBodies {
  #last: Promise<void> = Promise.resolve();

  /** Rejects with the reason of the exchange's signal when the client has gone before it is the body's turn. */
  async read(exchange: Exchange): Promise<Buffer> {
    const bytes = await exchange.readBody();
    if (bytes.length <= LONG_BYTES) return bytes;
    this.#last = this.#last.then(nextTurn);
    await this.#last;
    exchange.signal.throwIfAborted();
    return bytes;
  }
}
