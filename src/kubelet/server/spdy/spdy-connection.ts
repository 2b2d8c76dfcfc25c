import { once } from "node:events";
import type { Duplex } from "node:stream";
import type { Clock } from "#base/clock.ts";
import { IdleTimer } from "../idle-timer.ts";
import type { StreamSettings } from "../stream-settings.ts";
import {
  type Frame,
  FrameReader,
  formatData,
  formatGoAway,
  formatPing,
  formatReset,
  formatSynReply,
  RESET_STATUS,
} from "./frame.ts";
import { HeaderDecoder, HeaderEncoder, type SpdyHeaders } from "./header-block.ts";
import { StreamReset } from "./spdy-error.ts";
import { SpdyStream, type StreamTransport } from "./spdy-stream.ts";

export interface SpdyConnectionOptions {
  /** Whether the client may open a stream with these headers. */
  readonly admits: (headers: SpdyHeaders) => boolean;
  /** Takes over every stream that was admitted. */
  readonly onStream: (stream: SpdyStream) => void;
}

/** How long a client may take to close the connection. */
const GOODBYE_MS = 5000;

/** How often a client is sent nothing, while nothing is read of it. */
const KNOCK_MS = 15_000;

/**
 * The server's end of a SPDY/3.1 connection, as spoken by `moby/spdystream`: streams are opened by the client only
 * and without flow control, so that a reader that is far behind makes all streams of its connection wait.
 */
export class SpdyConnection implements AsyncDisposable {
  readonly #transport: Duplex;
  readonly #options: SpdyConnectionOptions;
  readonly #streams = new Map<number, SpdyStream>();
  readonly #encoder = new HeaderEncoder();
  readonly #gone = new AbortController();
  readonly #idle: IdleTimer;
  readonly #clock: Clock;
  #knock: Disposable | undefined;
  #lastStreamId = 0;
  #isGoingAway = false;

  constructor(
    transport: Duplex,
    options: SpdyConnectionOptions,
    { clock, idleTimeoutMs }: Pick<StreamSettings, "clock" | "idleTimeoutMs">,
  ) {
    this.#transport = transport;
    this.#options = options;
    this.#clock = clock;
    this.#idle = new IdleTimer({ idleMs: idleTimeoutMs, onIdle: () => this.#end() }, { clock });
    transport.on("error", () => undefined);
    transport.once("close", () => this.#end());
  }

  /** Aborted when the connection is over, whoever ended it. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  /** Serves the connection until it is over. Rejects with a `SpdyError` when the client does not speak SPDY. */
  async serve(): Promise<void> {
    const reader = new FrameReader();
    using decoder = new HeaderDecoder();
    try {
      for await (const chunk of this.#transport as AsyncIterable<Buffer>) {
        this.#idle.touch();
        for (const frame of reader.read(chunk)) await this.#handle(frame, decoder);
      }
    } catch (error) {
      // A transport that breaks off is an end like any other.
      const hasBrokenOff = this.#transport.destroyed && this.#transport.errored === error;
      if (!hasBrokenOff && !this.signal.aborted) throw error;
    } finally {
      this.#end();
    }
  }

  /** Says goodbye: the client closes the connection when it has read what was sent, or is cut off after a while. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.signal.aborted) return;
    this.#isGoingAway = true;
    this.#send(formatGoAway(this.#lastStreamId));
    using _timer = this.#clock.after(GOODBYE_MS, () => this.#end());
    await once(this.signal, "abort");
  }

  #end(): void {
    if (this.signal.aborted) return;
    this.#idle[Symbol.dispose]();
    this.#knock?.[Symbol.dispose]();
    this.#gone.abort(new DOMException("The connection has ended", "AbortError"));
    for (const stream of this.#streams.values()) stream.receiveReset();
    this.#transport.destroy();
  }

  async #handle(frame: Frame, decoder: HeaderDecoder): Promise<void> {
    switch (frame.type) {
      case "data":
        return await this.#deliver(frame);
      case "synStream":
        return await this.#open(frame, decoder);
      case "headers":
        // They mean nothing here, but those that follow in the same zlib stream may.
        await decoder.decode(frame.block);
        if (frame.isLast) this.#streams.get(frame.streamId)?.receiveEnd();
        return;
      case "reset":
        this.#streams.get(frame.streamId)?.receiveReset();
        return;
      case "ping":
        // Those with even numbers would answer pings of the server.
        if (frame.id % 2 === 1) this.#send(formatPing(frame.id));
        return;
      case "goAway":
        this.#isGoingAway = true;
        return;
      case "ignored":
    }
  }

  async #deliver({ streamId, content, isLast }: Frame & { readonly type: "data" }): Promise<void> {
    const more = this.#streams.get(streamId)?.receive(content);
    if (more !== undefined) {
      this.#knockLater(streamId);
      await more;
      this.#knock?.[Symbol.dispose]();
    }
    if (isLast) this.#streams.get(streamId)?.receiveEnd();
  }

  /** Nothing tells that a client has gone of which nothing is read, but what is sent to it. */
  #knockLater(streamId: number): void {
    this.#knock = this.#clock.after(KNOCK_MS, () => {
      this.#transport.write(formatData(streamId, new Uint8Array(), false));
      this.#knockLater(streamId);
    });
  }

  async #open(frame: Frame & { readonly type: "synStream" }, decoder: HeaderDecoder): Promise<void> {
    const { streamId, isLast, block } = frame;
    const headers = await decoder.decode(block);
    if (this.#isGoingAway) return;
    const isValid = streamId % 2 === 1 && streamId > this.#lastStreamId;
    if (!isValid || !this.#options.admits(headers)) {
      this.#send(formatReset(streamId, isValid ? RESET_STATUS.cancel : RESET_STATUS.protocolError));
      return;
    }
    this.#lastStreamId = streamId;
    const stream = new SpdyStream(streamId, headers, this.#streamTransport);
    this.#streams.set(streamId, stream);
    // Clients drop what comes before the reply.
    this.#send(formatSynReply(streamId, this.#encoder.encode({})));
    if (isLast) stream.receiveEnd();
    this.#options.onStream(stream);
  }

  readonly #streamTransport: StreamTransport = {
    sendData: (streamId, content, isLast, done) => {
      this.#send(formatData(streamId, content, isLast), done);
    },
    forget: (streamId, needsReset) => {
      this.#streams.delete(streamId);
      if (needsReset) this.#send(formatReset(streamId, RESET_STATUS.cancel));
    },
  };

  #send(frame: Buffer, done?: (error?: Error | null) => void): void {
    if (this.signal.aborted) {
      done?.(new StreamReset("The connection has ended"));
      return;
    }
    this.#idle.touch();
    this.#transport.write(frame, done);
  }
}
