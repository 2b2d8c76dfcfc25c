import { nextTurn } from "#base/next-turn.ts";
import type { Exchange } from "./exchange.ts";
import { cutOff, type NodeResponse, writePiece } from "./node-response.ts";
import type { UnreadNews } from "./unread-news.ts";

/**
 * Writes news as they come. Their maker does not wait: what a client has no room for waits here, and when that is too
 * much the client is cut off, so that it holds up nobody and takes no memory. Resolves when the news have ended or the
 * client has gone.
 */
export async function pumpLive(
  content: AsyncIterable<Uint8Array>,
  response: NodeResponse,
  exchange: Exchange,
  unread: UnreadNews,
): Promise<void> {
  const client = new LiveClient(response, exchange, unread);
  exchange.onFinished(() => client.forget());
  // What is there already comes at once; anything later is news.
  void nextTurn().then(() => client.markIdle());
  for await (const piece of content) {
    if (exchange.isFinished) return;
    if (client.send(piece)) continue;
    cutOff(response);
    return;
  }
  client.end();
}

class LiveClient {
  readonly #response: NodeResponse;
  readonly #exchange: Exchange;
  readonly #unread: UnreadNews;
  #isReading = true;
  /** The size of what the client is taking: who takes a long list may fall behind by as much. */
  #taking = 0;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;

  constructor(response: NodeResponse, exchange: Exchange, unread: UnreadNews) {
    this.#response = response;
    this.#exchange = exchange;
    this.#unread = unread;
    response.on("drain", () => this.#resume());
  }

  /** False when the client has fallen too far behind. */
  send(piece: Uint8Array): boolean {
    if (this.#isReading) {
      this.#write(piece);
      return true;
    }
    if (!this.#unread.add(piece.length, this.#waitingBytes, this.#taking)) return false;
    this.#waiting.push(piece);
    this.#waitingBytes += piece.length;
    return true;
  }

  end(): void {
    this.#writeWaiting();
    this.#response.end();
  }

  /** Nothing waits for it any more. */
  forget(): readonly Uint8Array[] {
    const waiting = this.#waiting;
    this.#unread.remove(this.#waitingBytes);
    this.#waiting = [];
    this.#waitingBytes = 0;
    return waiting;
  }

  markIdle(): void {
    if (this.#isReading) this.#exchange.markUnderWay();
  }

  #resume(): void {
    this.#isReading = true;
    this.#exchange.markUnderWay();
    this.#writeWaiting();
  }

  #writeWaiting(): void {
    const waiting = this.forget();
    if (waiting.length > 0) this.#write(Buffer.concat(waiting));
  }

  #write(piece: Uint8Array): void {
    this.#isReading = writePiece(this.#response, piece);
    this.#taking = this.#isReading ? 0 : piece.length;
    if (this.#isReading) this.#exchange.markUnderWay();
  }
}
