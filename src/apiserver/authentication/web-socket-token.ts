import { isUtf8 } from "node:buffer";
import { AuthenticationError, type Authenticator, type TokenAuthenticator } from "#https/authenticator.ts";
import { ownerOf } from "#https/bearer-token.ts";
import type { Credentials } from "#https/peer.ts";

/** How a token is written among the subprotocols of a WebSocket, where browsers can send no other header. */
const PREFIX = "base64url.bearer.authorization.k8s.io.";

type Headers = Pick<Credentials, "header">;

/** Reads the token among the subprotocols of a WebSocket and asks whose it is (apiserver `request/websocket`). */
export function webSocketTokenAuthenticator(tokens: readonly TokenAuthenticator[]): Authenticator {
  return {
    authenticate: async (credentials, notes) => {
      const token = isWebSocketRequest(credentials) ? tokenOf(credentials) : undefined;
      return token === undefined ? undefined : await ownerOf(token, tokens, notes);
    },
  };
}

export function isWebSocketRequest(request: Headers): boolean {
  const [upgrade = "", connection = ""] = [request.header("upgrade"), request.header("connection")];
  return upgrade.toLowerCase() === "websocket" && connection.toLowerCase().includes("upgrade");
}

/** The subprotocols that a client offers, without the one that is its token. */
export function subprotocolsOf(request: Headers): readonly string[] {
  return offeredBy(request).filter((protocol) => !protocol.startsWith(PREFIX));
}

/** What is left of a header with subprotocols when the token has been taken away. */
export function withoutToken(protocols: string): string {
  return subprotocolsOf({ header: () => protocols }).join(",");
}

function tokenOf(request: Headers): string | undefined {
  const [encoded, ...more] = offeredBy(request).filter((protocol) => protocol.startsWith(PREFIX));
  if (encoded === undefined) return undefined;
  if (more.length > 0) {
    throw new AuthenticationError("multiple base64.bearer.authorization tokens specified");
  }
  const token = decodeToken(encoded.slice(PREFIX.length));
  // The token is taken away, and something must be left to answer the client with.
  if (token !== "" && subprotocolsOf(request).length === 0) {
    throw new AuthenticationError("missing additional subprotocol");
  }
  return token === "" ? undefined : token;
}

function decodeToken(encoded: string): string {
  const bytes = Buffer.from(encoded, "base64url");
  if (!/^[\w-]*$/.test(encoded) || encoded.length % 4 === 1) {
    throw new AuthenticationError("invalid base64.bearer.authorization token encoding");
  }
  if (!isUtf8(bytes)) throw new AuthenticationError("invalid base64.bearer.authorization token");
  return bytes.toString();
}

function offeredBy(request: Headers): readonly string[] {
  const header = request.header("sec-websocket-protocol");
  return header === undefined ? [] : header.split(",").map((protocol) => protocol.trim());
}
