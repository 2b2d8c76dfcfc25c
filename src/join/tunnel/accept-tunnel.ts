import type { IncomingMessage } from "node:http";
import { type WebSocket, WebSocketServer } from "ws";
import { abortable } from "#base/disposable.ts";
import type { Exchange } from "#https/exchange.ts";
import type { UpgradeConnection } from "#https/upgrade-connection.ts";
import { MAX_FRAME_BYTES } from "./frame.ts";
import type { TunnelConnection } from "./run-tunnel.ts";

/** Completes the handshake of an agent; one that is wrong is answered by the library, and the connection closed. */
export async function acceptTunnel(
  exchange: Exchange,
  connection: UpgradeConnection,
): Promise<TunnelConnection> {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_FRAME_BYTES,
  });
  const { method, headers, url } = exchange;
  const { socket, head } = connection.take();
  const accepted = Promise.withResolvers<WebSocket>();
  // The handshake looks at nothing of a request but this.
  server.handleUpgrade(
    { method, headers, url } as unknown as IncomingMessage,
    socket,
    head,
    accepted.resolve,
  );
  const webSocket = await abortable(accepted.promise, exchange.signal);
  // A connection that breaks off closes right after, which is what matters.
  webSocket.on("error", () => undefined);
  return { webSocket, socket };
}
