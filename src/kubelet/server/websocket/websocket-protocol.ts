import type { Exchange } from "#https/exchange.ts";
import { ServingError } from "../serving-error.ts";
import { firstSupported, listedWords, type Subprotocol } from "../subprotocol.ts";

/** Whether the client asks to go on in WebSocket (apiserver `httpstream/wsstream` `IsWebSocketRequest`). */
export function isWebSocketRequest(exchange: Exchange): boolean {
  const upgrade = exchange.header("upgrade") ?? "";
  const connection = exchange.header("connection") ?? "";
  return upgrade.toLowerCase() === "websocket" && connection.toLowerCase().includes("upgrade");
}

/** The subprotocols that the client can speak, the most wanted first. */
export function requestedProtocols(exchange: Exchange): readonly string[] {
  return listedWords(exchange.header("sec-websocket-protocol"));
}

/**
 * The first requested subprotocol that is supported; the empty one when the client names none. Throws a
 * `ServingError` when there is no common one.
 */
export function negotiateProtocol<T>(
  exchange: Exchange,
  supported: Readonly<Record<string, T>>,
): Subprotocol<T> {
  const requested = requestedProtocols(exchange);
  const found = firstSupported(requested.length === 0 ? [""] : requested, supported);
  if (found !== undefined) return found;
  throw new ServingError(
    403,
    `requested protocol(s) are not supported: [${requested.join(" ")}]; ` +
      `supports [${Object.keys(supported).join(" ")}]`,
  );
}
