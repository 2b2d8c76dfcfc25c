import { Duplex } from "node:stream";
import { Fifo } from "#base/fifo.ts";
import { TunnelError } from "./tunnel-error.ts";

/** What a stream has its multiplexer send. */
export interface StreamLink {
  /** It has something to send: `takeChunk` is called when it is its turn. */
  wantTurn(stream: TunnelStream): void;
  sendOpened(stream: TunnelStream): void;
  sendCredit(stream: TunnelStream, bytes: number): void;
  sendEnd(stream: TunnelStream): void;
  /** It is closed. The other side has to be told why unless it knows. */
  closed(stream: TunnelStream, reason: Error | undefined): void;
}

/** So much may be on its way to a reader that does not read. */
export const WINDOW_BYTES = 256 * 1024;

/**
 * One connection inside a tunnel. Each side may send as much as the other has given it credit for; credit comes back as
 * the reader takes what has arrived.
 */
export class TunnelStream extends Duplex {
  readonly id: number;
  readonly #link: StreamLink;
  readonly #opened = Promise.withResolvers<void>();
  readonly #received = new Fifo<Uint8Array>();
  #isOpen = false;
  #credit = 0;
  #pending: Uint8Array | undefined;
  #written: (() => void) | undefined;
  /** How much the other side may still send. */
  #granted = WINDOW_BYTES;
  /** What has been read, and not been given back as credit. */
  #owed = 0;
  #wantsData = false;
  #sentEnd = false;
  #receivedEnd = false;
  #isReset = false;

  constructor(id: number, link: StreamLink) {
    super({ allowHalfOpen: true });
    this.id = id;
    this.#link = link;
    this.#opened.promise.catch(() => undefined);
  }

  /** Resolves when the other side has connected; rejects with the reason when it has not. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  /** True when there is something to send that the other side has given credit for. */
  get wantsTurn(): boolean {
    return this.#pending !== undefined && this.#credit > 0 && !this.destroyed;
  }

  /** The side that was asked to connect has done so. */
  accept(credit: number): void {
    if (this.destroyed) return;
    this.#link.sendOpened(this);
    this.receiveOpened(credit);
  }

  /** The next piece to send, of at most `maxBytes`; undefined when there is none. */
  takeChunk(maxBytes: number): Uint8Array | undefined {
    const pending = this.#pending;
    if (pending === undefined || !this.wantsTurn) return undefined;
    const chunk = pending.subarray(0, Math.min(maxBytes, this.#credit));
    this.#credit -= chunk.length;
    this.#pending = chunk.length < pending.length ? pending.subarray(chunk.length) : undefined;
    return chunk;
  }

  /** What `takeChunk` gave has been sent. */
  chunkSent(): void {
    if (this.#pending !== undefined) return;
    const written = this.#written;
    this.#written = undefined;
    written?.();
  }

  /** Throws a `TunnelError` when it is open already. */
  receiveOpened(credit: number): void {
    if (this.#isOpen) throw TunnelError.protocol(`stream ${String(this.id)} is open already`);
    this.#isOpen = true;
    this.#credit = credit;
    this.#opened.resolve();
    if (this.wantsTurn) this.#link.wantTurn(this);
  }

  receiveCredit(bytes: number): void {
    this.#credit += bytes;
    if (this.wantsTurn) this.#link.wantTurn(this);
  }

  /** Throws a `TunnelError` for more than the other side had credit for. */
  receiveData(bytes: Uint8Array): void {
    this.#granted -= bytes.length;
    if (this.#granted < 0 || this.#receivedEnd)
      throw TunnelError.protocol(`stream ${String(this.id)} was sent more than it may`);
    if (bytes.length === 0) return;
    this.#received.push(bytes);
    this.#deliver();
  }

  receiveEnd(): void {
    this.#receivedEnd = true;
    this.#deliver();
  }

  receiveReset(message: string): void {
    this.#isReset = true;
    this.destroy(TunnelError.reset(message));
  }

  /** As a socket, which agents of node:http take this for when they use it again; nothing ends the process meanwhile. */
  ref(): this {
    return this;
  }

  override _read(): void {
    this.#wantsData = true;
    this.#deliver();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (chunk.length === 0) {
      done();
      return;
    }
    this.#pending = chunk;
    this.#written = done;
    if (this.wantsTurn) this.#link.wantTurn(this);
  }

  override _final(done: () => void): void {
    this.#sentEnd = true;
    this.#link.sendEnd(this);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#received.clear();
    this.#pending = undefined;
    this.#opened.reject(error ?? TunnelError.reset("the stream has been closed"));
    const isKnown = this.#isReset || (this.#sentEnd && this.#receivedEnd);
    this.#link.closed(this, isKnown ? undefined : (error ?? new Error("closed")));
    done(error);
  }

  #deliver(): void {
    while (this.#wantsData && !this.destroyed) {
      const bytes = this.#received.shift();
      if (bytes === undefined) break;
      this.#wantsData = this.push(bytes);
      this.#giveBack(bytes.length);
    }
    if (this.#receivedEnd && this.#received.length === 0 && this.#wantsData) {
      this.#wantsData = false;
      this.push(null);
    }
  }

  #giveBack(bytes: number): void {
    this.#owed += bytes;
    if (this.#owed < WINDOW_BYTES / 2 || this.#receivedEnd) return;
    const credit = this.#owed;
    this.#owed = 0;
    this.#granted += credit;
    this.#link.sendCredit(this, credit);
  }
}
