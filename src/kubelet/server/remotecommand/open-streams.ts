import { onAbort } from "#base/disposable.ts";
import type { Exchange } from "#https/exchange.ts";
import { ServingError } from "../serving-error.ts";
import { acceptSpdy, negotiateStreamProtocol } from "../spdy/accept-spdy.ts";
import type { StreamSettings } from "../stream-settings.ts";
import { acceptWebSocket } from "../websocket/accept-websocket.ts";
import { isWebSocketRequest, negotiateProtocol } from "../websocket/websocket-protocol.ts";
import { SPDY_PROTOCOLS, WEBSOCKET_PROTOCOLS } from "./protocols.ts";
import type { RemoteCommandOptions, RemoteCommandStreams } from "./remote-command-streams.ts";
import { spdyStreams } from "./spdy-streams.ts";
import { webSocketStreams } from "./websocket-streams.ts";

/**
 * Leaves HTTP for the protocol that the client asks for. Throws a `ServingError` when that is none of ours, as long as
 * an answer can be given.
 */
export async function openStreams(
  exchange: Exchange,
  options: RemoteCommandOptions,
  settings: StreamSettings,
): Promise<RemoteCommandStreams> {
  if (exchange.upgrade === undefined) throw new ServingError(500, "Upgrade request required");
  const streams = await negotiateStreams(exchange, options, settings);
  const stop = onAbort(exchange.signal, () => void streams[Symbol.asyncDispose]());
  onAbort(streams.signal, () => stop[Symbol.dispose]());
  return streams;
}

async function negotiateStreams(
  exchange: Exchange,
  options: RemoteCommandOptions,
  settings: StreamSettings,
): Promise<RemoteCommandStreams> {
  if (isWebSocketRequest(exchange)) {
    const { name, protocol } = negotiateProtocol(exchange, WEBSOCKET_PROTOCOLS);
    return webSocketStreams(await acceptWebSocket(exchange, name), protocol, options, settings);
  }
  const { name, protocol } = negotiateStreamProtocol(exchange, SPDY_PROTOCOLS);
  return spdyStreams(acceptSpdy(exchange, name), protocol, options, settings);
}
