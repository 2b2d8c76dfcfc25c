/** What Go says for failures of connections, by the codes of Node and OpenSSL: users know these words. */
type Words = Readonly<Record<string, string>>;

/** Failures to connect. */
export const DIAL_ERRORS: Words = {
  ECONNREFUSED: "connect: connection refused",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "temporary failure in name resolution",
};

const UNVERIFIED = "tls: failed to verify certificate: x509";
const UNKNOWN_AUTHORITY = `${UNVERIFIED}: certificate signed by unknown authority`;

/** Failures to agree on TLS, most of which are about the certificate of the other side. */
export const TLS_ERRORS: Words = {
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  CERT_HAS_EXPIRED: `${UNVERIFIED}: certificate has expired or is not yet valid`,
  CERT_NOT_YET_VALID: `${UNVERIFIED}: certificate has expired or is not yet valid`,
  INVALID_PURPOSE: `${UNVERIFIED}: certificate specifies an incompatible key usage`,
  ERR_SSL_WRONG_VERSION_NUMBER: "http: server gave HTTP response to HTTPS client",
};

/** Failures of a connection that had been made. */
export const TRANSFER_ERRORS: Words = {
  ECONNRESET: "read: connection reset by peer",
  EPIPE: "write: broken pipe",
  ETIMEDOUT: "read: i/o timeout",
};

/** Node calls it a reset, too, when the other side ends a connection before it should. */
const ENDS: Words = {
  "Client network socket disconnected before secure TLS connection was established": "EOF",
  "socket hang up": "EOF",
  aborted: "unexpected EOF",
};

/** Why something failed, where one of `words` says it; an abort is what it was aborted for. */
export function goReason(error: unknown, words: Words): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "AbortError" && error.cause instanceof Error) return error.cause.message;
  if (!("code" in error)) return error.message;
  return ENDS[error.message] ?? words[String(error.code)] ?? error.message;
}
