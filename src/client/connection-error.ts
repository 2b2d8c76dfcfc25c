import { type StatusError, serviceUnavailable } from "#apimachinery/status-error.ts";
import { DomainError } from "#base/domain-error.ts";

export type ConnectionErrorDetail =
  /** No connection could be made; the request was not sent. */
  | { readonly code: "unreachable" }
  /** The connection ended before the answer was complete; the request may have been carried out. */
  | { readonly code: "lost" }
  /** No answer in time; the request may have been carried out. */
  | { readonly code: "timedOut" };

/** A failure below HTTP, in the words of Go's net package, which every user of kubectl knows. */
export class ConnectionError extends DomainError<ConnectionErrorDetail> {}

interface NodeError extends Error {
  readonly code?: string;
}

const UNKNOWN_AUTHORITY = "tls: failed to verify certificate: x509: certificate signed by unknown authority";

/** Failures to connect, by Node's and OpenSSL's names for them. */
const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "temporary failure in name resolution",
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  CERT_HAS_EXPIRED: "tls: failed to verify certificate: x509: certificate has expired or is not yet valid",
};

const LOST: Readonly<Record<string, string>> = {
  ECONNRESET: "read: connection reset by peer",
  EPIPE: "write: broken pipe",
  ETIMEDOUT: "read: i/o timeout",
};

/** Translates what the connection reported. `isConnected` tells a failed attempt from a lost connection. */
export function connectionError(error: Error, host: string, isConnected: boolean): ConnectionError {
  const code = (error as NodeError).code ?? "";
  const unreachable = UNREACHABLE[code];
  if (!isConnected || unreachable !== undefined) {
    const text = unreachable ?? LOST[code] ?? error.message;
    return new ConnectionError({ code: "unreachable" }, `dial tcp ${host}: ${text}`, { cause: error });
  }
  const text = LOST[code] ?? "http2: client connection lost";
  return new ConnectionError({ code: "lost" }, text, { cause: error });
}

/** The form in which a failure below HTTP reaches the callers of a `Client`. */
export function unavailable(method: string, url: string, error: Error): StatusError {
  const verb = `${method.charAt(0)}${method.slice(1).toLowerCase()}`;
  return serviceUnavailable(`${verb} ${JSON.stringify(url)}: ${error.message}`, { cause: error });
}
