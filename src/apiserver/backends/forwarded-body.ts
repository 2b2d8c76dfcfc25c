import type { Readable } from "node:stream";
import type { Exchange, RequestHeaders } from "#https/exchange.ts";

export interface ForwardedBody {
  readonly body: Readable | Uint8Array;
  /** How the backend finds its end, where the headers do not say so. */
  readonly framing: RequestHeaders;
}

/** The body of a request that is passed on, of any length. */
export function forwardedBody(exchange: Exchange): ForwardedBody {
  if (!mayHaveBody(exchange)) return { body: new Uint8Array(), framing: {} };
  const isSized = exchange.header("content-length") !== undefined;
  return { body: exchange.body, framing: isSized ? {} : { "transfer-encoding": "chunked" } };
}

/** HTTP/2 does not say so in its headers; there only reads are known to have none. */
function mayHaveBody({ method, headers }: Exchange): boolean {
  if (headers["content-length"] !== undefined) return headers["content-length"] !== "0";
  if (headers["transfer-encoding"] !== undefined) return true;
  return headers[":method"] !== undefined && method !== "GET" && method !== "HEAD";
}
