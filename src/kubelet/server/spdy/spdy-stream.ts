import { Duplex } from "node:stream";
import type { SpdyHeaders } from "./header-block.ts";
import { StreamReset } from "./spdy-error.ts";

/** What a stream asks of its connection. */
export interface StreamTransport {
  sendData(
    streamId: number,
    content: Uint8Array,
    isLast: boolean,
    done: (error?: Error | null) => void,
  ): void;
  /** The stream is over, with a reset of it when the other side does not know that yet. */
  forget(streamId: number, needsReset: boolean): void;
}

/** How much waits for a slow reader before the whole connection waits with it. */
const READ_AHEAD_BYTES = 1024 * 1024;

/** Longer writes become several frames; a length has 24 bits. */
const MAX_FRAME_BYTES = 1024 * 1024;

/**
 * One stream of a SPDY connection. `end` half-closes it; `destroy` resets it unless both sides have closed it. Its
 * readable side ends when the client half-closes, and fails with a `StreamReset` when the client breaks it off.
 */
export class SpdyStream extends Duplex {
  readonly id: number;
  readonly headers: SpdyHeaders;
  readonly #transport: StreamTransport;
  #isClosedHere = false;
  #isClosedThere = false;
  #wanted: (() => void) | undefined;

  constructor(id: number, headers: SpdyHeaders, transport: StreamTransport) {
    super({ readableHighWaterMark: READ_AHEAD_BYTES });
    this.id = id;
    this.headers = headers;
    this.#transport = transport;
    // Whoever reads or writes hears of a failure too; a stream that nobody uses yet must not end the process.
    this.on("error", () => undefined);
  }

  /** Takes what the client has sent. The promise, if any, resolves when more is wanted. */
  receive(content: Buffer): Promise<void> | undefined {
    if (this.destroyed || this.#isClosedThere || content.length === 0 || this.push(content)) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wanted = resolve;
    return promise;
  }

  /** The client sends no more. */
  receiveEnd(): void {
    if (this.#isClosedThere) return;
    this.#isClosedThere = true;
    this.push(null);
  }

  /** The client has broken the stream off. */
  receiveReset(): void {
    this.#isClosedHere = true;
    this.#isClosedThere = true;
    this.destroy(new StreamReset(`Stream ${String(this.id)} was reset`));
  }

  override _read(): void {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    wanted?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const rest = chunk.subarray(MAX_FRAME_BYTES);
    const next = rest.length === 0 ? done : (): void => this._write(rest, _encoding, done);
    this.#transport.sendData(this.id, chunk.subarray(0, MAX_FRAME_BYTES), false, next);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#isClosedHere = true;
    this.#transport.sendData(this.id, new Uint8Array(), true, done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this._read();
    this.#transport.forget(this.id, !this.#isClosedHere || !this.#isClosedThere);
    done(error);
  }
}
