import { nextTurn } from "#base/next-turn.ts";
import type { Exchange } from "./exchange.ts";
import type { LiveReader, UnreadNews } from "./unread-news.ts";

/** Where news are written to, piece by piece. */
export interface LiveSink<T> {
  /** False when the client has not taken what was written: `onDrain` tells when it has. */
  write(pieces: readonly T[]): boolean;
  onDrain(listener: () => void): void;
  end(): void;
  /** Ends in a way that the client cannot take for the regular end. */
  cutOff(): void;
}

/** What counts of a piece is how many bytes it has. */
interface Sized {
  readonly length: number;
}

/**
 * Writes news as they come. Their maker does not wait: what a client has no room for waits here, and when that is too
 * much the client is cut off, so that it holds up nobody and takes no memory. Resolves when the news have ended or the
 * client has gone.
 */
export async function pumpLive<T extends Sized>(
  content: AsyncIterable<T>,
  sink: LiveSink<T>,
  exchange: Exchange,
  unread: UnreadNews,
): Promise<void> {
  const client = new LiveClient(sink, exchange, unread);
  exchange.onFinished(() => client.forget());
  // What is there already comes at once; anything later is news.
  void nextTurn().then(() => client.markIdle());
  for await (const piece of content) {
    if (exchange.isFinished || !client.send(piece)) return;
  }
  client.end();
}

class LiveClient<T extends Sized> implements LiveReader {
  readonly #sink: LiveSink<T>;
  readonly #exchange: Exchange;
  readonly #unread: UnreadNews;
  #isReading = true;
  #isCutOff = false;
  /** The size of the first piece while it is taken: who takes a long list may fall behind by as much. */
  #allowance = 0;
  #hasWritten = false;
  #waiting: T[] = [];
  #waitingBytes = 0;

  constructor(sink: LiveSink<T>, exchange: Exchange, unread: UnreadNews) {
    this.#sink = sink;
    this.#exchange = exchange;
    this.#unread = unread;
    sink.onDrain(() => this.#resume());
  }

  /** False when the client is cut off, because it has fallen too far behind. */
  send(piece: T): boolean {
    if (this.#isReading) this.#write([piece], piece.length);
    else this.#wait(piece);
    return !this.#isCutOff;
  }

  end(): void {
    this.#writeWaiting();
    this.#sink.end();
  }

  cutOff(): void {
    this.#isCutOff = true;
    this.#sink.cutOff();
  }

  /** Nothing waits for it any more. */
  forget(): readonly T[] {
    const waiting = this.#waiting;
    this.#unread.clear(this);
    this.#waiting = [];
    this.#waitingBytes = 0;
    return waiting;
  }

  markIdle(): void {
    if (this.#isReading) this.#exchange.markUnderWay();
  }

  #wait(piece: T): void {
    this.#waiting.push(piece);
    this.#waitingBytes += piece.length;
    this.#unread.wait(this, piece.length, this.#allowance);
  }

  #resume(): void {
    this.#isReading = true;
    this.#exchange.markUnderWay();
    this.#writeWaiting();
  }

  #writeWaiting(): void {
    const bytes = this.#waitingBytes;
    const waiting = this.forget();
    if (waiting.length > 0) this.#write(waiting, bytes);
  }

  #write(pieces: readonly T[], bytes: number): void {
    this.#isReading = this.#sink.write(pieces);
    if (this.#isReading) this.#exchange.markUnderWay();
    else if (this.#hasWritten) this.#unread.take(this, bytes);
    this.#allowance = this.#isReading || this.#hasWritten ? 0 : bytes;
    this.#hasWritten = true;
  }
}
