import { Fifo } from "#base/fifo.ts";
import { decodeFrame, encodeFrame, type Frame, MAX_DATA_BYTES, MAX_ID, type TunnelTarget } from "./frame.ts";
import { TunnelError } from "./tunnel-error.ts";
import { type StreamLink, TunnelStream, WINDOW_BYTES } from "./tunnel-stream.ts";

/** A connection that carries messages in order, such as a WebSocket. */
export interface MessageLink {
  /** False when it is behind with sending; `Multiplexer.drained` is called when it no longer is. */
  send(message: Uint8Array): boolean;
  /** Closes it for this reason; `Multiplexer.lose` is called then. */
  fail(error: TunnelError): void;
}

/** A stream that the other side wants to open. It is accepted with `accept`, refused by destroying it. */
export interface OfferedStream {
  readonly stream: TunnelStream;
  readonly target: TunnelTarget;
  readonly accept: () => void;
}

export interface MultiplexerOptions {
  /** The side that may only accept streams; the other one opens them. */
  readonly onStream?: (offered: OfferedStream) => void;
}

/**
 * Many streams over one connection. Streams that have something to send take turns, a piece each, as long as the
 * connection keeps up; one whose reader is slow waits for credit and holds nobody up.
 */
export class Multiplexer {
  readonly #link: MessageLink;
  readonly #onStream: MultiplexerOptions["onStream"];
  readonly #streams = new Map<number, TunnelStream>();
  readonly #ready = new Fifo<TunnelStream>();
  readonly #queued = new Set<TunnelStream>();
  readonly #streamLink: StreamLink;
  #lastId = 0;
  #isBehind = false;
  #isPumping = false;
  #failure: TunnelError | undefined;

  constructor(link: MessageLink, { onStream }: MultiplexerOptions = {}) {
    this.#link = link;
    this.#onStream = onStream;
    this.#streamLink = {
      wantTurn: (stream) => this.#queue(stream),
      sendOpened: ({ id }) => this.#send({ type: "opened", id, window: WINDOW_BYTES }),
      sendCredit: ({ id }, bytes) => this.#send({ type: "credit", id, bytes }),
      sendEnd: ({ id }) => this.#send({ type: "end", id }),
      closed: (stream, reason) => this.#forget(stream, reason),
    };
  }

  /** How many streams there are, those that are being opened included. */
  get size(): number {
    return this.#streams.size;
  }

  /** The stream can be written to at once; see `TunnelStream.opened`. Throws a `TunnelError` when the tunnel is lost. */
  open(target: TunnelTarget): TunnelStream {
    if (this.#lastId === MAX_ID) this.#fail(TunnelError.lost("the tunnel has had all its streams"));
    if (this.#failure !== undefined) throw this.#failure;
    this.#lastId += 1;
    const stream = this.#add(this.#lastId);
    this.#send({ type: "open", id: stream.id, window: WINDOW_BYTES, target });
    return stream;
  }

  /** Takes a message of the other side. One that breaks the protocol closes the connection. */
  receive(message: Uint8Array): void {
    if (this.#failure !== undefined) return;
    try {
      this.#receive(decodeFrame(message));
    } catch (error) {
      if (!(error instanceof TunnelError)) throw error;
      this.#fail(error);
    }
  }

  /** The connection has sent what it was behind with. */
  drained(): void {
    this.#isBehind = false;
    this.#pump();
  }

  /** The connection is gone: all streams break off. */
  lose(error: TunnelError): void {
    this.#failure ??= error;
    for (const stream of this.#streams.values()) stream.destroy(this.#failure);
  }

  #fail(error: TunnelError): void {
    this.#link.fail(error);
    this.lose(error);
  }

  #receive(frame: Frame): void {
    if (frame.type === "open") {
      this.#receiveOpen(frame);
      return;
    }
    if (frame.id > this.#lastId) throw TunnelError.protocol(`stream ${String(frame.id)} was never opened`);
    const stream = this.#streams.get(frame.id);
    // What was on its way to a stream that is closed concerns nobody.
    if (stream === undefined) return;
    switch (frame.type) {
      case "opened":
        if (this.#onStream !== undefined) throw TunnelError.protocol("only this side accepts streams");
        stream.receiveOpened(frame.window);
        break;
      case "data":
        stream.receiveData(frame.bytes);
        break;
      case "credit":
        stream.receiveCredit(frame.bytes);
        break;
      case "end":
        stream.receiveEnd();
        break;
      case "reset":
        stream.receiveReset(frame.message);
        break;
    }
  }

  #receiveOpen({ id, window, target }: Frame & { readonly type: "open" }): void {
    if (this.#onStream === undefined || id <= this.#lastId)
      throw TunnelError.protocol(`stream ${String(id)} may not be opened`);
    this.#lastId = id;
    const stream = this.#add(id);
    this.#onStream({ stream, target, accept: () => stream.accept(window) });
  }

  #add(id: number): TunnelStream {
    const stream = new TunnelStream(id, this.#streamLink);
    this.#streams.set(id, stream);
    return stream;
  }

  #forget(stream: TunnelStream, reason: Error | undefined): void {
    this.#streams.delete(stream.id);
    if (reason !== undefined) this.#send({ type: "reset", id: stream.id, message: reason.message });
  }

  #queue(stream: TunnelStream): void {
    if (this.#queued.has(stream)) return;
    this.#queued.add(stream);
    this.#ready.push(stream);
    this.#pump();
  }

  /** A stream that writes again as soon as it can ends up here once more: the turns are taken in one loop, not in depth. */
  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (!this.#isBehind && this.#ready.length > 0) this.#giveTurn(this.#ready.shift() as TunnelStream);
    } finally {
      this.#isPumping = false;
    }
  }

  #giveTurn(stream: TunnelStream): void {
    this.#queued.delete(stream);
    const bytes = stream.takeChunk(MAX_DATA_BYTES);
    if (bytes === undefined) return;
    this.#send({ type: "data", id: stream.id, bytes });
    if (stream.wantsTurn) this.#queue(stream);
    stream.chunkSent();
  }

  #send(frame: Frame): void {
    if (this.#failure !== undefined) return;
    if (!this.#link.send(encodeFrame(frame))) this.#isBehind = true;
  }
}
