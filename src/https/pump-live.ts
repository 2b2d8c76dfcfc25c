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

/** News, and before them what is there already. */
export interface LivePieces<T> {
  readonly pieces: AsyncIterable<T>;
  readonly initialPieces: number;
}

/**
 * Writes what is there already, a piece each time that the client has taken the last one, and then news as they come.
 * Their maker does not wait: what a client has no room for waits here, and when that is too much the client is cut off, so
 * that it holds up nobody and takes no memory. Resolves when the news have ended or the client has gone.
 */
export async function pumpLive<T extends Sized>(
  { pieces, initialPieces }: LivePieces<T>,
  sink: LiveSink<T>,
  exchange: Exchange,
  unread: UnreadNews,
): Promise<void> {
  const client = new LiveClient(sink, unread);
  exchange.onFinished(() => client.forget());
  let initial = initialPieces;
  if (initial === 0) exchange.markUnderWay();
  for await (const piece of pieces) {
    if (exchange.isFinished || !client.send(piece)) return;
    if (initial === 0) continue;
    await nextTurn();
    await client.taken();
    initial -= 1;
    if (initial === 0) exchange.markUnderWay();
  }
  client.end();
}

class LiveClient<T extends Sized> implements LiveReader {
  readonly #sink: LiveSink<T>;
  readonly #unread: UnreadNews;
  #isReading = true;
  #isCutOff = false;
  /** The size of the first piece while it is taken: who takes a long list may fall behind by as much. */
  #allowance = 0;
  #hasWritten = false;
  #waiting: T[] = [];
  #waitingBytes = 0;
  #taken: PromiseWithResolvers<void> | undefined;

  constructor(sink: LiveSink<T>, unread: UnreadNews) {
    this.#sink = sink;
    this.#unread = unread;
    sink.onDrain(() => this.#resume());
  }

  /** False when the client is cut off, because it has fallen too far behind. */
  send(piece: T): boolean {
    if (this.#isReading) this.#write([piece], piece.length);
    else this.#wait(piece);
    return !this.#isCutOff;
  }

  /** Resolves when the client has room for more, or has gone. */
  async taken(): Promise<void> {
    if (this.#isReading) return;
    this.#taken = Promise.withResolvers();
    await this.#taken.promise;
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
    this.#taken?.resolve();
    return waiting;
  }

  #wait(piece: T): void {
    this.#waiting.push(piece);
    this.#waitingBytes += piece.length;
    this.#unread.wait(this, piece.length, this.#allowance);
  }

  #resume(): void {
    this.#isReading = true;
    this.#writeWaiting();
  }

  #writeWaiting(): void {
    const bytes = this.#waitingBytes;
    const waiting = this.forget();
    if (waiting.length > 0) this.#write(waiting, bytes);
  }

  #write(pieces: readonly T[], bytes: number): void {
    this.#isReading = this.#sink.write(pieces);
    if (!this.#isReading && this.#hasWritten) this.#unread.take(this, bytes);
    this.#allowance = this.#isReading || this.#hasWritten ? 0 : bytes;
    this.#hasWritten = true;
  }
}
