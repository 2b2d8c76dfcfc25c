import type { Readable } from "node:stream";

/** Bytes that may wait for their reader before the sender is held back. */
const HIGH_WATER_BYTES = 256 * 1024;

/**
 * The bytes of a stream from the moment of construction on. It listens at once, since a stream that has ended before
 * its iterator was made loses what it had. A slow reader pauses the stream, which holds back the sender.
 */
export class StreamBody implements AsyncIterable<Uint8Array> {
  readonly #stream: Readable;
  readonly #translate: (error: Error) => Error;
  #chunks: Uint8Array[] = [];
  #waitingBytes = 0;
  #end: { readonly error?: Error } | undefined;
  #wake: (() => void) | undefined;

  /** `translate` makes of a failure of the stream what the reader shall see. */
  constructor(stream: Readable, translate: (error: Error) => Error) {
    this.#stream = stream;
    this.#translate = translate;
    stream.on("data", (chunk: Uint8Array) => this.#push(chunk));
    stream.on("end", () => this.#finish({}));
    stream.on("error", (error) => this.#finish({ error }));
    stream.on("close", () => this.#finish({ error: new Error("unexpected EOF") }));
  }

  /** For one reader; leaving the loop early destroys the stream. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    try {
      for (;;) {
        if (this.#chunks.length > 0) yield* this.#take();
        else if (this.#end === undefined) await this.#more();
        else if (this.#end.error === undefined) return;
        else throw this.#translate(this.#end.error);
      }
    } finally {
      if (this.#end === undefined) this.#stream.destroy();
    }
  }

  #take(): readonly Uint8Array[] {
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#waitingBytes = 0;
    this.#stream.resume();
    return chunks;
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#waitingBytes += chunk.length;
    if (this.#waitingBytes > HIGH_WATER_BYTES) this.#stream.pause();
    this.#notify();
  }

  #finish(end: { readonly error?: Error }): void {
    this.#end ??= end;
    this.#notify();
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
