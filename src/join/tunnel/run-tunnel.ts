import type { Duplex } from "node:stream";
import { WebSocket } from "ws";
import type { Clock } from "#base/clock.ts";
import { type MessageLink, Multiplexer, type MultiplexerOptions } from "./multiplexer.ts";
import { TunnelError } from "./tunnel-error.ts";

/** An open WebSocket, and what it writes to. */
export interface TunnelConnection {
  readonly webSocket: WebSocket;
  readonly socket: Duplex;
}

/** A tunnel that is open until `closed` resolves. Disposal cuts it off. */
export interface RunningTunnel extends Disposable {
  readonly streams: Multiplexer;
  /** Whether the other side owes an answer for so long that it may be gone. */
  readonly isSilent: boolean;
  /** Resolves with why. */
  readonly closed: Promise<TunnelError>;
}

/** Where agents open their tunnels. */
export const TUNNEL_PATH = "/v1-kubelith/connect";

export interface TunnelOptions extends MultiplexerOptions {
  /** Hears when the other side falls silent, and when it is heard again. */
  readonly onSilence?: ((isSilent: boolean) => void) | undefined;
}

/** Each side asks the other so often whether it is still there; a NAT must not forget the connection in between. */
const PING_MS = 5000;

/** So many questions without an answer mean that nobody is there. A server that starts again on a slow disk is not lost. */
const MAX_UNANSWERED = 6;

/** RFC 6455, section 7.4.1. */
const PROTOCOL_ERROR = 1002;

/** What a reason for closing may have in bytes (RFC 6455, section 5.5). */
const MAX_REASON_BYTES = 123;

/** Carries streams over the connection until it closes, or the other side no longer answers. */
export function runTunnel(
  connection: TunnelConnection,
  options: TunnelOptions,
  { clock }: { readonly clock: Clock },
): RunningTunnel {
  const { webSocket, socket } = connection;
  const streams = new Multiplexer(messageLink(connection), options);
  const heartbeat = new Heartbeat(webSocket, { clock, onSilence: options.onSilence });
  const closed = Promise.withResolvers<TunnelError>();
  webSocket.on("message", (message: Buffer) => streams.receive(message));
  socket.on("drain", () => streams.drained());
  webSocket.once("close", (code: number, reason: Buffer) => {
    heartbeat[Symbol.dispose]();
    const why = reason.length > 0 ? reason.toString() : `the connection has closed with code ${String(code)}`;
    const error = TunnelError.lost(`the tunnel has been lost: ${why}`);
    streams.lose(error);
    closed.resolve(error);
  });
  webSocket.resume();
  return {
    streams,
    closed: closed.promise,
    get isSilent() {
      return heartbeat.isSilent;
    },
    [Symbol.dispose]: () => webSocket.terminate(),
  };
}

function messageLink({ webSocket, socket }: TunnelConnection): MessageLink {
  return {
    send: (message) => {
      if (webSocket.readyState !== WebSocket.OPEN) return true;
      webSocket.send(message, { binary: true });
      return !socket.writableNeedDrain;
    },
    fail: ({ message }) => {
      webSocket.close(PROTOCOL_ERROR, Buffer.from(message).subarray(0, MAX_REASON_BYTES));
    },
  };
}

interface HeartbeatOptions extends Pick<TunnelOptions, "onSilence"> {
  readonly clock: Clock;
}

/** Counts questions instead of time: a process that was stopped for a while has not asked. */
class Heartbeat implements Disposable {
  readonly #webSocket: WebSocket;
  readonly #options: HeartbeatOptions;
  #unanswered = 0;
  #isSilent = false;
  #timer: Disposable;

  constructor(webSocket: WebSocket, options: HeartbeatOptions) {
    this.#webSocket = webSocket;
    this.#options = options;
    for (const event of ["message", "ping", "pong"]) webSocket.on(event, () => this.#heard());
    this.#timer = this.#beatLater();
  }

  get isSilent(): boolean {
    return this.#isSilent;
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
  }

  #heard(): void {
    this.#unanswered = 0;
    this.#setSilent(false);
  }

  #beatLater(): Disposable {
    return this.#options.clock.after(PING_MS, () => this.#beat());
  }

  #beat(): void {
    this.#timer = this.#beatLater();
    if (this.#unanswered === MAX_UNANSWERED) {
      this.#webSocket.terminate();
      return;
    }
    this.#setSilent(this.#unanswered > 0);
    this.#unanswered += 1;
    if (this.#webSocket.readyState === WebSocket.OPEN) this.#webSocket.ping();
  }

  #setSilent(isSilent: boolean): void {
    if (this.#isSilent === isSilent) return;
    this.#isSilent = isSilent;
    this.#options.onSilence?.(isSilent);
  }
}
