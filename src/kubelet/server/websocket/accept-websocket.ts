import type { IncomingMessage } from "node:http";
import { type WebSocket, WebSocketServer } from "ws";
import { abortable } from "#base/disposable.ts";
import type { Exchange } from "#https/exchange.ts";
import { ServingError } from "../serving-error.ts";

/** The largest message that is taken, in bytes (golang.org/x/net/websocket `DefaultMaxPayloadBytes`). */
const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

/** RFC 6455, section 4.2.1. */
const KEY = /^[+/0-9A-Za-z]{22}==$/;
const VERSIONS: readonly (string | undefined)[] = ["13", "8"];

/**
 * Completes the handshake and hands the connection over. The empty protocol is not named in the answer. Throws a
 * `ServingError` for a handshake that is not one, as long as an answer can still be given.
 */
export async function acceptWebSocket(exchange: Exchange, protocol: string): Promise<WebSocket> {
  const { upgrade, method, headers, signal } = exchange;
  if (upgrade === undefined) throw new ServingError(500, "Upgrade request required");
  refuseInvalidHandshake(exchange);
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
  });
  // The library takes no protocol with a slash in its name, such as SPDY/3.1+portforward.k8s.io.
  const { "sec-websocket-protocol": _protocols, ...others } = headers;
  if (protocol !== "") server.on("headers", (fields) => fields.push(`Sec-WebSocket-Protocol: ${protocol}`));
  const { socket, head } = upgrade.take();
  const { promise, resolve } = Promise.withResolvers<WebSocket>();
  // The handshake looks at nothing of a request but this.
  const request = { method, headers: others, url: exchange.path } as unknown as IncomingMessage;
  server.handleUpgrade(request, socket, head, resolve);
  const webSocket = await abortable(promise, signal);
  // A connection that breaks off closes right after, which is what matters.
  webSocket.on("error", () => undefined);
  return webSocket;
}

function refuseInvalidHandshake(exchange: Exchange): void {
  if (exchange.method !== "GET") throw new ServingError(405, "Invalid HTTP method");
  if (!KEY.test(exchange.header("sec-websocket-key") ?? ""))
    throw new ServingError(400, "Missing or invalid Sec-WebSocket-Key header");
  if (!VERSIONS.includes(exchange.header("sec-websocket-version")))
    throw new ServingError(400, "Missing or invalid Sec-WebSocket-Version header");
}
