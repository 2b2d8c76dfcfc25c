import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { createSecureServer, type Http2SecureServer, type SecureServerOptions } from "node:http2";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { Clock } from "#base/clock.ts";
import type { Logger } from "#observability/logger.ts";
import { type Answer, isStream } from "./answer.ts";
import { readAuthorities } from "./certificate-chain.ts";
import { compressAnswer } from "./compress.ts";
import { Connections } from "./connections.ts";
import { Exchange, type ExchangeOptions } from "./exchange.ts";
import { ExchangesInFlight } from "./exchanges-in-flight.ts";
import { hostProblem } from "./host-header.ts";
import { ListenError } from "./listen-error.ts";
import { cutOff, type NodeResponse } from "./node-response.ts";
import { connectionOf, type NodeRequest, type Peer, Peers } from "./peer.ts";
import { plainRefusal, refuseUnclear } from "./plain-refusal.ts";
import { closesConnection, discardBody } from "./unread-body.ts";
import { UnreadNews } from "./unread-news.ts";
import { UpgradeConnection } from "./upgrade-connection.ts";
import { writeAnswer, writeRawAnswer } from "./write-answer.ts";

export interface ListenerOptions {
  /** PEM of the serving certificate and its key. */
  readonly certificate: string;
  readonly key: string;
  /** PEM of the authority of client certificates. */
  readonly clientAuthority: string;
  /** PEM of the authority of front proxies, whose certificates make nobody a client; none by default. */
  readonly frontProxyAuthority?: string;
  /** Default: TLS 1.2. */
  readonly minVersion?: "TLSv1.2" | "TLSv1.3";
  /** Cipher suites of TLS 1.2, by their names in OpenSSL; the library's own by default. */
  readonly ciphers?: readonly string[];
}

/** Answers what the listener hears. */
export interface Application {
  answer(exchange: Exchange): Promise<Answer>;
}

interface ListenerDependencies {
  readonly application: Application;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Streams of one HTTP/2 connection at a time: what upstream allows servers whose clients send everything over one
 * connection (apiserver `NewRecommendedOptions`), as an agent does with all its watches.
 */
const MAX_STREAMS = 1000;

/** The head of a request of HTTP/1.1, as in Go. That of HTTP/2 may have 64 KiB, which the runtime does not let change. */
const MAX_HEADER_BYTES = 1024 * 1024;

/**
 * How much one HTTP/2 connection may hold in memory, in megabytes; a stream that is opened while it holds more is
 * refused. The default of 10 is less than the lists that a client's informers ask for at once.
 */
const MAX_SESSION_MEGABYTES = 1024;

/** The TLS port: HTTP/2 and HTTP/1.1, client certificates wanted but not required. */
export class Listener implements AsyncDisposable {
  readonly #server: Http2SecureServer;
  readonly #dependencies: ListenerDependencies;
  #peers: Peers;
  readonly #unread = new UnreadNews();
  readonly #connections: Connections;
  readonly #exchanges: ExchangesInFlight;
  #stopping: Promise<void> | undefined;

  constructor(options: ListenerOptions, dependencies: ListenerDependencies) {
    this.#dependencies = dependencies;
    this.#connections = new Connections(dependencies.clock);
    this.#exchanges = new ExchangesInFlight(dependencies.clock);
    this.#peers = peersOf(options);
    this.#server = createSecureServer({
      ...tlsOptions(options),
      allowHTTP1: true,
      settings: { maxConcurrentStreams: MAX_STREAMS },
      maxSessionMemory: MAX_SESSION_MEGABYTES,
      ...HTTP1_OPTIONS,
    });
    this.#server.on("request", (request, response) => this.#serve(request, response));
    this.#server.on("upgrade", (request: IncomingMessage, socket: TLSSocket, head: Buffer) =>
      this.#upgrade(request, socket, head),
    );
    this.#server.on("session", (session) => this.#connections.addSession(session));
    this.#server.on("connection", (socket: TLSSocket) => this.#connections.addSocket(socket));
    this.#server.on("secureConnection", (socket) => this.#connections.agreed(socket));
    this.#server.on("sessionError", (error: Error) => this.#reportClient(error));
    this.#server.on("tlsClientError", (error: Error) => this.#reportClient(error));
    this.#server.on("clientError", (error: Error, socket: Duplex) => {
      this.#reportClient(error);
      if (socket.writable) socket.end(plainRefusal(error));
      else socket.destroy();
    });
  }

  /** Rejects with a `ListenError` when the address cannot be used. Port 0 takes any free one. */
  async listen(address: string, port: number): Promise<AddressInfo> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once("error", reject);
    this.#server.listen(port, address, resolve);
    try {
      await promise;
    } catch (cause) {
      throw ListenError.of(cause, { address, port });
    } finally {
      this.#server.off("error", reject);
    }
    return this.#server.address() as AddressInfo;
  }

  /**
   * Shows another certificate to those who connect from now on. Other authorities count for those who are connected, too:
   * whose certificate leads to none of them any more is nobody.
   */
  renew(options: ListenerOptions): void {
    this.#server.setSecureContext(tlsOptions(options));
    this.#peers = peersOf(options);
  }

  /** Takes no more connections, ends streams, lets other requests finish for a while, and closes what is left. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const closed = Promise.withResolvers<void>();
    if (this.#server.listening) this.#server.close(() => closed.resolve());
    else closed.resolve();
    this.#connections.closeSessions();
    await this.#exchanges.drain();
    this.#connections[Symbol.dispose]();
    await closed.promise;
  }

  #serve(request: NodeRequest, response: NodeResponse): void {
    const connection = connectionOf(request);
    const exchange = this.#begin(request, this.#peers.ofRequest(request), {
      cutOff: () => cutOff(response),
    });
    if (exchange === undefined) {
      refuseUnclear(request, response, hostProblem(request));
      return;
    }
    this.#connections.begin(connection);
    response.once("close", () => {
      this.#connections.end(connection);
      if (!response.writableEnded) exchange.abort(new DOMException("The client has gone", "AbortError"));
      this.#exchanges.end(exchange);
    });
    void this.#answer(exchange, request, response);
  }

  #upgrade(request: IncomingMessage, socket: TLSSocket, head: Buffer): void {
    socket.on("error", (error) => this.#reportClient(error));
    const upgrade = new UpgradeConnection(socket, head);
    const exchange = this.#begin(request, this.#peers.ofSocket(socket), {
      upgrade,
      cutOff: () => socket.destroy(),
    });
    if (exchange === undefined) {
      socket.destroy();
      return;
    }
    this.#connections.begin(socket);
    socket.once("close", () => {
      exchange.abort(new DOMException("The client has gone", "AbortError"));
      this.#exchanges.end(exchange);
    });
    this.#exchanges.addStream(exchange);
    void this.#answerUpgrade(exchange, socket);
  }

  /** Undefined for a request whose URL cannot be read, or whose host is not clear. */
  #begin(
    request: NodeRequest,
    peer: Peer,
    connection: Pick<ExchangeOptions, "upgrade" | "cutOff">,
  ): Exchange | undefined {
    const { method = "GET", url = "/", headers, rawHeaders } = request;
    if (hostProblem(request) !== undefined) return undefined;
    const auditId = headers["audit-id"];
    const requestId = typeof auditId === "string" ? auditId : randomUUID();
    try {
      const options = { method, url, headers, rawHeaders, peer, requestId, body: request };
      const exchange = new Exchange({ ...options, ...connection });
      this.#exchanges.begin(exchange);
      return exchange;
    } catch (error) {
      if (error instanceof URIError) return undefined;
      throw error;
    }
  }

  /** Never rejects: a failure here can only be logged and the connection cut. */
  async #answer(exchange: Exchange, request: NodeRequest, response: NodeResponse): Promise<void> {
    try {
      const plain = await this.#dependencies.application.answer(exchange);
      const answer = await compressAnswer(plain, exchange);
      if (exchange.isFinished) return;
      if (isStream(plain.content)) this.#exchanges.addStream(exchange);
      const isClosing = closesConnection(request);
      if (isClosing) exchange.addAnswerFields({ connection: "close" });
      await writeAnswer(answer, response, exchange, {
        unread: this.#unread,
        ...(isClosing && { beforeEnd: () => discardBody(request, this.#dependencies.clock) }),
      });
    } catch (error) {
      cutOff(response);
      this.#reportFailure(exchange, error);
    }
  }

  /** Never rejects, as `#answer`. */
  async #answerUpgrade(exchange: Exchange, socket: Duplex): Promise<void> {
    try {
      const answer = await this.#dependencies.application.answer(exchange);
      if (exchange.upgrade?.isTaken === true || exchange.isFinished) return;
      await writeRawAnswer(answer, socket, exchange);
    } catch (error) {
      socket.destroy();
      this.#reportFailure(exchange, error);
    }
  }

  #reportFailure({ signal, method, path, requestId }: Exchange, error: unknown): void {
    if (!signal.aborted)
      this.#dependencies.logger.error("Failed to answer", { method, path, requestId, error });
  }

  /** Clients that break off or talk nonsense are no concern of an operator. */
  #reportClient(error: Error): void {
    this.#dependencies.logger.debug("Lost a client connection", { error });
  }
}

/** What the half of the server that speaks HTTP/1.1 knows, and the type of HTTP/2's options does not. */
const HTTP1_OPTIONS = { maxHeaderSize: MAX_HEADER_BYTES };

function peersOf({ clientAuthority, frontProxyAuthority = "" }: ListenerOptions): Peers {
  return new Peers({
    clients: readAuthorities(clientAuthority),
    frontProxies: readAuthorities(frontProxyAuthority),
  });
}

function tlsOptions(options: ListenerOptions): SecureServerOptions {
  const { certificate, key, clientAuthority, frontProxyAuthority = "" } = options;
  // Clients show only certificates of the authorities that they are told of.
  const ca = `${clientAuthority}\n${frontProxyAuthority}`;
  return {
    ca,
    cert: certificate,
    key,
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: options.minVersion ?? "TLSv1.2",
    ...(options.ciphers !== undefined && { ciphers: options.ciphers.join(":") }),
  };
}
