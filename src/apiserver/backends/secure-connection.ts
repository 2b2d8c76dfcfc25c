import { once } from "node:events";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { connect, type PeerCertificate, type TLSSocket } from "node:tls";
import { goReason, TLS_ERRORS, TRANSFER_ERRORS } from "#apimachinery/go-network-error.ts";
import type { Clock } from "#base/clock.ts";
import { LinkedAbort } from "#base/linked-abort.ts";
import { verifyHostname } from "./verify-hostname.ts";

export interface SecureConnectionOptions {
  /** The name that the certificate of the other side must have: a DNS name or an address. */
  readonly serverName: string;
  /** The name that its subject must have besides. */
  readonly commonName?: string;
  /** PEM of the certificates that the other side's may lead to; default: the authorities of the web. */
  readonly authorities?: string;
  /** Accepts any certificate. */
  readonly insecure?: boolean;
  /** PEM of the certificate that this side shows, and of its key. */
  readonly credential?: { readonly certificate: string; readonly key: string };
  /** What is to be spoken; default HTTP/1.1. */
  readonly protocol?: "h2" | "http/1.1";
}

/** Go's default for the time that both sides have to agree. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

const FAILURES = { ...TRANSFER_ERRORS, ...TLS_ERRORS };

/** TLS could not be agreed on; the message says why as Go would say it. */
export class TlsError extends Error {
  override readonly name = "TlsError";
}

/** TLS over an open connection, which is closed when that fails. Rejects with a `TlsError`, also for an abort. */
export async function secureConnection(
  connection: Duplex,
  options: SecureConnectionOptions,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<TLSSocket> {
  using stop = new LinkedAbort(signal);
  using _timer = clock.after(HANDSHAKE_TIMEOUT_MS, () =>
    stop.abort(new Error("net/http: TLS handshake timeout")),
  );
  const socket = connect({ socket: connection, ...tlsOptions(options) });
  try {
    await once(socket, "secureConnect", { signal: stop.signal });
    return socket;
  } catch (cause) {
    socket.destroy();
    connection.destroy();
    throw new TlsError(goReason(cause, FAILURES), { cause });
  }
}

function tlsOptions(options: SecureConnectionOptions) {
  const { serverName, commonName, authorities, insecure, credential, protocol } = options;
  return {
    // An address is no name that a client may ask for (RFC 6066 section 3); it is checked all the same.
    ...(isIP(serverName) === 0 && { servername: serverName }),
    ...(authorities !== undefined && { ca: authorities }),
    ...(credential && { cert: credential.certificate, key: credential.key }),
    // Go trusts every certificate that it is given, not only roots.
    allowPartialTrustChain: true,
    rejectUnauthorized: insecure !== true,
    checkServerIdentity: (_name: string, certificate: PeerCertificate) =>
      verifyHostname(serverName, certificate.raw) ?? verifySubject(commonName, certificate),
    ALPNProtocols: [protocol ?? "http/1.1"],
  };
}

function verifySubject(wanted: string | undefined, { subject }: PeerCertificate): Error | undefined {
  if (wanted === undefined || subject.CN === wanted) return undefined;
  return new Error(
    `tls: failed to verify certificate: x509: certificate is that of "${String(subject.CN)}", not of "${wanted}"`,
  );
}
