import { Duplex } from "node:stream";

/** The server's end of a connection on which everything has been received already. */
export class MemorySocket extends Duplex {
  readonly #sent: Buffer[] = [];

  constructor(received: Uint8Array) {
    super();
    if (received.length > 0) this.push(received);
    this.push(null);
  }

  /** What the server has sent. */
  get sent(): Buffer {
    return Buffer.concat(this.#sent);
  }

  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  override _read(): void {
    // Everything is there from the beginning.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#sent.push(chunk);
    done();
  }
}
