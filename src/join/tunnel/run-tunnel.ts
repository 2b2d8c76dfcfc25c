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
  /** Resolves with why. */
  readonly closed: Promise<TunnelError>;
}

/** Where agents open their tunnels. */
export const TUNNEL_PATH = "/v1-kubelith/connect";

/** Each side asks the other so often whether it is still there; a NAT must not forget the connection in between. */
const PING_MS = 10_000;

/** So many questions without an answer mean that nobody is there. */
const MAX_UNANSWERED = 3;

/** RFC 6455, section 7.4.1. */
const PROTOCOL_ERROR = 1002;

/** What a reason for closing may have in bytes (RFC 6455, section 5.5). */
const MAX_REASON_BYTES = 123;

/** Carries streams over the connection until it closes, or the other side no longer answers. */
export function runTunnel(
  connection: TunnelConnection,
  options: MultiplexerOptions,
  { clock }: { readonly clock: Clock },
): RunningTunnel {
  const { webSocket, socket } = connection;
  const streams = new Multiplexer(messageLink(connection), options);
  const heartbeat = startHeartbeat(webSocket, clock);
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
  return { streams, closed: closed.promise, [Symbol.dispose]: () => webSocket.terminate() };
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

/** Counts questions instead of time: a process that was stopped for a while has not asked. */
function startHeartbeat(webSocket: WebSocket, clock: Clock): Disposable {
  let unanswered = 0;
  let timer: Disposable | undefined;
  const heard = (): void => {
    unanswered = 0;
  };
  for (const event of ["message", "ping", "pong"]) webSocket.on(event, heard);
  const beat = (): void => {
    timer = clock.after(PING_MS, beat);
    if (unanswered === MAX_UNANSWERED) {
      webSocket.terminate();
      return;
    }
    unanswered += 1;
    if (webSocket.readyState === WebSocket.OPEN) webSocket.ping();
  };
  timer = clock.after(PING_MS, beat);
  return { [Symbol.dispose]: () => timer?.[Symbol.dispose]() };
}
