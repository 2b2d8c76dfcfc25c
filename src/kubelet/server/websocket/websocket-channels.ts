import { once } from "node:events";
import { Readable, Writable } from "node:stream";
import type { RawData, WebSocket } from "ws";
import type { Clock } from "#base/clock.ts";
import { IdleTimer } from "../idle-timer.ts";
import type { StreamSettings } from "../stream-settings.ts";

/** How messages of a subprotocol are made up. */
export interface ChannelEncoding {
  /** Messages are texts: the channel's digit and base64. Otherwise bytes, the first of which is the channel. */
  readonly isBase64: boolean;
  /** The client closes a channel by a message of 255 and the channel's number. */
  readonly closesChannels: boolean;
}

const CLOSE_SIGNAL = 255;
/** That of the protocol whose clients close channels; whoever closes another one has lost his way. */
const LAST_CHANNEL = 4;

const NORMAL_CLOSURE = 1000;
const ZERO = "0".charCodeAt(0);

/** How much waits for a slow reader before all channels wait with it. */
const READ_AHEAD_BYTES = 1024 * 1024;

/**
 * While nothing is read, no ping is answered. Clients take 60 s without a pong for the end of the connection
 * (client-go `remotecommand/websocket.go`), so they get some unasked (RFC 6455, section 5.5.3).
 */
const UNSOLICITED_PONG_MS = 15_000;

/** Several byte streams over one WebSocket (apiserver `httpstream/wsstream`). */
export class WebSocketChannels implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly #encoding: ChannelEncoding;
  readonly #clock: Clock;
  readonly #idle: IdleTimer;
  readonly #readers = new Map<number, Readable>();
  /** Readers that have enough for now. */
  readonly #full = new Set<Readable>();
  readonly #gone = new AbortController();
  #pong: Disposable | undefined;

  constructor(
    socket: WebSocket,
    encoding: ChannelEncoding,
    { clock, idleTimeoutMs }: Pick<StreamSettings, "clock" | "idleTimeoutMs">,
  ) {
    this.#socket = socket;
    this.#encoding = encoding;
    this.#clock = clock;
    this.#idle = new IdleTimer({ idleMs: idleTimeoutMs, onIdle: () => socket.terminate() }, { clock });
    socket.on("message", (message) => this.#receive(message));
    socket.once("close", () => this.#end());
  }

  /** Aborted when the connection is over, whoever ended it. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  /** What the client sends on a channel. It ends when the client closes the channel, and fails with the connection. */
  readable(channel: number): Readable {
    const reader = new Readable({
      highWaterMark: READ_AHEAD_BYTES,
      read: () => this.#wantMore(reader),
      destroy: (error, done) => {
        this.#wantMore(reader);
        done(error);
      },
    });
    reader.on("error", () => undefined);
    this.#readers.set(channel, reader);
    return reader;
  }

  /** Sends on a channel. Its end is not told to the client. */
  writable(channel: number): Writable {
    const writer = new Writable({
      write: (chunk: Buffer, _encoding, done) => this.#send(channel, chunk, done),
    });
    writer.on("error", () => undefined);
    return writer;
  }

  /** Sends an empty message on a channel. */
  sendEmpty(channel: number): void {
    this.#send(channel, Buffer.alloc(0), () => undefined);
  }

  /** Closes the connection when everything has been sent; the client's answer to that is waited for. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.signal.aborted) return;
    for (const reader of this.#readers.values()) reader.destroy();
    this.#socket.close(NORMAL_CLOSURE);
    if (!this.signal.aborted) await once(this.signal, "abort");
  }

  #receive(message: RawData): void {
    this.#idle.touch();
    // Of the forms that `ws` can give, the default one is a Buffer.
    const bytes = message as Buffer;
    const [first] = bytes;
    if (first === undefined) return;
    if (this.#encoding.closesChannels && first === CLOSE_SIGNAL) {
      this.#close(bytes);
      return;
    }
    const reader = this.#readers.get(this.#encoding.isBase64 ? first - ZERO : first);
    if (reader === undefined || reader.destroyed) return;
    const content = this.#encoding.isBase64 ? decodeBase64(bytes.toString("latin1", 1)) : bytes.subarray(1);
    if (content.length > 0 && !reader.push(content)) this.#hold(reader);
  }

  #close(message: Buffer): void {
    const [, channel = 0] = message;
    if (message.length !== 2 || channel > LAST_CHANNEL) {
      this.#socket.close(NORMAL_CLOSURE);
      return;
    }
    this.#readers.get(channel)?.push(null);
    this.#readers.delete(channel);
  }

  #send(channel: number, content: Buffer, done: (error?: Error | null) => void): void {
    this.#idle.touch();
    const message = this.#encoding.isBase64
      ? String(channel) + content.toString("base64")
      : Buffer.concat([Buffer.of(channel), content]);
    this.#socket.send(message, done);
  }

  #hold(reader: Readable): void {
    this.#full.add(reader);
    this.#socket.pause();
    if (this.#pong === undefined) this.#pongLater();
  }

  #wantMore(reader: Readable): void {
    if (!this.#full.delete(reader) || this.#full.size > 0) return;
    this.#pong?.[Symbol.dispose]();
    this.#pong = undefined;
    this.#socket.resume();
  }

  #pongLater(): void {
    this.#pong = this.#clock.after(UNSOLICITED_PONG_MS, () => {
      if (this.#socket.readyState === this.#socket.OPEN) this.#socket.pong();
      this.#pongLater();
    });
  }

  #end(): void {
    this.#pong?.[Symbol.dispose]();
    this.#idle[Symbol.dispose]();
    const reason = new DOMException("The connection has ended", "AbortError");
    this.#gone.abort(reason);
    for (const reader of this.#readers.values()) reader.destroy(reason);
  }
}

/** Whole groups of four, with the last one filled up; lines may be broken (Go `base64.StdEncoding`). */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Nothing, when it is none. */
function decodeBase64(text: string): Buffer {
  const digits = text.replaceAll(/[\r\n]/g, "");
  return Buffer.from(BASE64.test(digits) ? digits : "", "base64");
}
