import { DIAL_ERRORS, TLS_ERRORS, TRANSFER_ERRORS } from "#apimachinery/go-network-error.ts";
import { type StatusError, serviceUnavailable } from "#apimachinery/status-error.ts";
import { DomainError } from "#base/domain-error.ts";

export type ConnectionErrorDetail =
  /** No connection could be made; the request was not sent. */
  | { readonly code: "unreachable" }
  /** The server has let the connection go before it came to the request, which was not carried out. */
  | { readonly code: "unprocessed" }
  /** The connection ended before the answer was complete; the request may have been carried out. */
  | { readonly code: "lost" }
  /** No answer in time; the request may have been carried out. */
  | { readonly code: "timedOut" };

/** A failure below HTTP, in the words of Go's net package, which every user of kubectl knows. */
export class ConnectionError extends DomainError<ConnectionErrorDetail> {}

interface NodeError extends Error {
  readonly code?: string;
}

/** Failures to connect. */
const UNREACHABLE = { ...DIAL_ERRORS, ...TLS_ERRORS };

/** Translates what the connection reported. `isConnected` tells a failed attempt from a lost connection. */
export function connectionError(error: Error, host: string, isConnected: boolean): ConnectionError {
  const code = (error as NodeError).code ?? "";
  const unreachable = UNREACHABLE[code];
  if (!isConnected || unreachable !== undefined) {
    const text = unreachable ?? TRANSFER_ERRORS[code] ?? error.message;
    return new ConnectionError({ code: "unreachable" }, `dial tcp ${host}: ${text}`, { cause: error });
  }
  const text = TRANSFER_ERRORS[code] ?? "http2: client connection lost";
  return new ConnectionError({ code: "lost" }, text, { cause: error });
}

/** For a request that the server has told that it does not come to (RFC 9113, sections 6.8 and 8.7). */
export function unprocessed(cause: Error): ConnectionError {
  return new ConnectionError({ code: "unprocessed" }, "http2: server sent GOAWAY and closed the connection", {
    cause,
  });
}

/** The form in which a failure below HTTP reaches the callers of a `Client`. */
export function unavailable(method: string, url: string, error: Error): StatusError {
  const verb = `${method.charAt(0)}${method.slice(1).toLowerCase()}`;
  return serviceUnavailable(`${verb} ${JSON.stringify(url)}: ${error.message}`, { cause: error });
}
