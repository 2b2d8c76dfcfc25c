import type { Duplex } from "node:stream";
import type { Exchange } from "#https/exchange.ts";
import { ServingError } from "../serving-error.ts";
import { firstSupported, listedWords, type Subprotocol } from "../subprotocol.ts";

/**
 * The version of the protocol that streams over SPDY will follow, the first of the client's that is supported. Throws
 * a `ServingError` in the words of apiserver `httpstream.Handshake`.
 */
export function negotiateStreamProtocol<T>(
  exchange: Exchange,
  supported: Readonly<Record<string, T>>,
): Subprotocol<T> {
  const header = exchange.header("x-stream-protocol-version");
  if (header === undefined)
    throw new ServingError(
      400,
      "unable to upgrade: header X-Stream-Protocol-Version does not exist in request " +
        `with ${String(Object.keys(exchange.headers).length)} headers`,
    );
  return chooseStreamProtocol(listedWords(header), supported);
}

/** As `negotiateStreamProtocol`, for a client that has said otherwise what it can speak. */
export function chooseStreamProtocol<T>(
  requested: readonly string[],
  supported: Readonly<Record<string, T>>,
): Subprotocol<T> {
  const found = firstSupported(requested, supported);
  if (found !== undefined) return found;
  const accepted = Object.keys(supported);
  throw new ServingError(
    403,
    `unable to upgrade: unable to negotiate protocol: client supports [${requested.join(" ")}], ` +
      `server accepts [${accepted.join(" ")}]`,
    { fields: { "x-accepted-stream-protocol-versions": accepted } },
  );
}

/** Leaves HTTP for SPDY/3.1 and hands the connection over. Throws a `ServingError` when the client wants nothing of the kind. */
export function acceptSpdy(exchange: Exchange, protocol: string): Duplex {
  const { upgrade } = exchange;
  const wanted = (exchange.header("upgrade") ?? "").toLowerCase();
  if (upgrade === undefined || !wanted.includes("spdy/3.1"))
    throw new ServingError(400, "unable to upgrade: missing upgrade headers in request");
  const { socket, head } = upgrade.take();
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: SPDY/3.1\r\n" +
      `x-stream-protocol-version: ${protocol}\r\n\r\n`,
  );
  if (head.length > 0) socket.unshift(head);
  return socket;
}
