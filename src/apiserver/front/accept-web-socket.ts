import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { abortable } from "#base/disposable.ts";
import { Answer, type AnswerHeaders } from "#https/answer.ts";
import type { Exchange } from "#https/exchange.ts";
import { subprotocolsOf } from "../authentication/web-socket-token.ts";

/** Clients have nothing to say on a watch; what they do say is read and dropped. */
const MAX_MESSAGE_BYTES = 64 * 1024;

const VERSION = "13";

/** A URI or a path (Go's `url.ParseRequestURI`). */
const ORIGIN = /^(?:[A-Za-z][\w+.-]*:\S+|\/\S*)$/;

export interface AcceptedWebSocket {
  readonly webSocket: WebSocket;
  /** What it writes to. */
  readonly socket: Duplex;
}

/** What is wrong with a handshake, as golang.org/x/net/websocket answers it; undefined for one that can be accepted. */
export function refuseHandshake(exchange: Exchange): Answer | undefined {
  if (exchange.method !== "GET") return refusal(405, "bad method");
  if ((exchange.header("sec-websocket-key") ?? "") === "") return refusal(400, "mismatch challenge/response");
  if (exchange.header("sec-websocket-version") !== VERSION) {
    return refusal(400, "missing or bad WebSocket Version", { "sec-websocket-version": VERSION });
  }
  // Only browsers are expected, which say on whose behalf they ask.
  if (!ORIGIN.test(exchange.header("origin") ?? "")) return refusal(403, "");
  if (subprotocolsOf(exchange).length > 1) return refusal(400, "");
  return undefined;
}

function refusal(code: number, text: string, fields: AnswerHeaders = {}): Answer {
  return new Answer(code, fields, Buffer.from(text));
}

/** Completes a handshake that there is nothing wrong with. */
export async function acceptWebSocket(
  exchange: Exchange,
  connection: NonNullable<Exchange["upgrade"]>,
): Promise<AcceptedWebSocket> {
  const [protocol = false] = subprotocolsOf(exchange);
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: () => protocol,
  });
  const { method, headers, path } = exchange;
  const { socket, head } = connection.take();
  // The handshake looks at nothing of a request but this.
  const request = { method, headers, url: path } as unknown as IncomingMessage;
  const { promise, resolve } = Promise.withResolvers<WebSocket>();
  server.handleUpgrade(request, socket, head, resolve);
  const webSocket = await abortable(promise, exchange.signal);
  // A connection that breaks off closes right after, which is what matters.
  webSocket.on("error", () => undefined);
  return { webSocket, socket };
}
