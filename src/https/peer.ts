import type { X509Certificate } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest, Http2Session } from "node:http2";
import type { DetailedPeerCertificate, PeerCertificate as NodeCertificate, TLSSocket } from "node:tls";
import { leadsTo } from "./certificate-chain.ts";

/** What a request shows of its sender. */
export interface Credentials {
  readonly peer: Peer;
  /** The first value of a header, by its lower-case name. */
  header(name: string): string | undefined;
  /** Headers whose lower-case names begin so, line by line. */
  headerLines(prefix: string): readonly (readonly [name: string, value: string])[];
}

/** What a request's connection says of the one at its other end. */
export interface Peer {
  /** The client's address without its port. */
  readonly address: string;
  /** Present when the client has shown a certificate, trusted or not. */
  readonly certificate?: PeerCertificate;
}

export interface PeerCertificate {
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** SHA-256 of the certificate in lower-case hexadecimal. */
  readonly fingerprint: string;
  /** Whether it leads to the client authority, is for clients and was valid when the connection was made. */
  readonly trusted: boolean;
  /** The same of the authority of front proxies. */
  readonly isFrontProxy: boolean;
  /** Milliseconds since the epoch. */
  readonly notAfter: number;
}

/** The asking half of a request, in the interface that HTTP/1.1 and HTTP/2 share. */
export type NodeRequest = IncomingMessage | Http2ServerRequest;

/** By whom certificates may be signed. */
export interface PeerAuthorities {
  readonly clients: readonly X509Certificate[];
  readonly frontProxies: readonly X509Certificate[];
}

/** Remembers who is at the other end of each connection: reading a certificate costs more than serving a request. */
export class Peers {
  readonly #known = new WeakMap<object, Peer>();
  readonly #authorities: PeerAuthorities;

  constructor(authorities: PeerAuthorities) {
    this.#authorities = authorities;
  }

  ofRequest(request: NodeRequest): Peer {
    const session = sessionOf(request);
    return this.#of(session ?? request.socket, () => (session ?? request).socket as TLSSocket);
  }

  ofSocket(socket: TLSSocket): Peer {
    return this.#of(socket, () => socket);
  }

  #of(connection: object, socketOf: () => TLSSocket): Peer {
    const known = this.#known.get(connection);
    if (known !== undefined) return known;
    const peer = readPeer(socketOf(), this.#authorities);
    this.#known.set(connection, peer);
    return peer;
  }
}

/** HTTP/2 hands out a new proxy of its socket with every request, so the session stands for the connection. */
export function connectionOf(request: NodeRequest): object {
  return sessionOf(request) ?? request.socket;
}

function sessionOf(request: NodeRequest): Http2Session | undefined {
  return "stream" in request ? request.stream.session : undefined;
}

function readPeer(socket: TLSSocket, authorities: PeerAuthorities): Peer {
  const certificate = readCertificate(socket, authorities);
  return { address: socket.remoteAddress ?? "", ...(certificate && { certificate }) };
}

function readCertificate(
  socket: TLSSocket,
  { clients, frontProxies }: PeerAuthorities,
): PeerCertificate | undefined {
  // Node answers an empty object (older ones null) when the client has shown nothing.
  const shown = socket.getPeerCertificate(true) as Partial<DetailedPeerCertificate> | null;
  const subject = shown?.subject as Partial<NodeCertificate["subject"]> | undefined;
  if (shown === null || subject === undefined) return undefined;
  const comesFrom = (authorities: readonly X509Certificate[]): boolean =>
    socket.authorized && leadsTo(shown as DetailedPeerCertificate, authorities);
  return {
    // Of several names Go takes the last.
    commonName: asList(subject.CN).at(-1) ?? "",
    organizations: asList(subject.O),
    fingerprint: (shown.fingerprint256 ?? "").replaceAll(":", "").toLowerCase(),
    trusted: comesFrom(clients),
    isFrontProxy: comesFrom(frontProxies),
    notAfter: Date.parse(shown.valid_to ?? ""),
  };
}

/** A part that the subject has once is a text, one that it has several times a list. */
function asList(part: string | readonly string[] | undefined): readonly string[] {
  if (part === undefined) return [];
  return typeof part === "string" ? [part] : part;
}
