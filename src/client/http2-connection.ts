import http2 from "node:http2";
import type { Clock } from "#base/clock.ts";
import { onAbort } from "#base/disposable.ts";
import { type ConnectionError, connectionError, unprocessed } from "./connection-error.ts";
import { StreamBody } from "./stream-body.ts";

export interface ServerAddress {
  /** `https://host:port`. */
  readonly url: string;
  /** Certificates, in PEM, of the authorities that may have signed the server's; default: those of the system. */
  readonly ca?: string;
  /** The name that the server's certificate must have, where it is not the host of the URL. */
  readonly serverName?: string;
  /** Accepts any certificate: only for what a user's kubeconfig says. */
  readonly insecure?: boolean;
}

/** The certificate with which a client shows who it is. */
export interface ClientCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** An answer whose body is still to be read; leaving the loop over it early cancels the request. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: AsyncIterable<Uint8Array>;
  /** Ends the body now. */
  cancel(): void;
}

/** client-go's `ReadIdleTimeout` and `PingTimeout`: a dead connection is noticed within 45 seconds. */
const PING_AFTER_MS = 30_000;
const PING_TIMEOUT_MS = 15_000;

/** One HTTP/2 session with one server under one certificate, checked while it is open. */
export class Http2Connection implements Disposable {
  readonly #host: string;
  readonly #clock: Clock;
  readonly #session: http2.ClientHttp2Session;
  #isConnected = false;
  #isDraining = false;
  #failure: Error | undefined;
  /** The number of the last stream that a server which lets the connection go has come to. */
  #lastStream = Number.POSITIVE_INFINITY;
  #timer: Disposable | undefined;

  constructor(address: ServerAddress, certificate: ClientCertificate | undefined, clock: Clock) {
    const { url, ca, serverName, insecure } = address;
    this.#host = new URL(url).host;
    this.#clock = clock;
    this.#session = http2.connect(url, {
      ...(ca !== undefined && { ca }),
      ...(certificate && { cert: certificate.certificate, key: certificate.key }),
      ...(serverName !== undefined && { servername: serverName }),
      rejectUnauthorized: insecure !== true,
    });
    this.#session.on("connect", () => {
      this.#isConnected = true;
    });
    this.#session.on("error", (error) => {
      this.#failure ??= error;
    });
    this.#session.on("goaway", (_code, lastStream) => {
      this.#isDraining = true;
      this.#lastStream = lastStream;
    });
    this.#session.on("close", () => this.#timer?.[Symbol.dispose]());
    this.#pingLater();
  }

  /** False once no more requests can be sent; those that are under way may still be answered. */
  get isOpen(): boolean {
    return !this.#isDraining && !this.#session.closed && !this.#session.destroyed;
  }

  /**
   * Resolves with the head of the answer; the signal counts until the body has ended. Rejects with a
   * `ConnectionError`, or with the reason of the abort.
   */
  request(
    headers: Readonly<Record<string, string>>,
    body: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      const stream = this.#open(headers, body === undefined);
      const cancel = (): void => stream.close(http2.constants.NGHTTP2_CANCEL);
      const giveUp = (): void => {
        reject(signal?.reason as Error);
        cancel();
      };
      const abort = signal === undefined ? undefined : onAbort(signal, giveUp);
      stream.on("response", (answer) => {
        // The types allow lists for headers that only occur in requests.
        const fields = answer as HttpResponse["headers"];
        const incoming = new StreamBody(stream, (error) => this.#translate(error));
        resolve({ status: answer[":status"] ?? 0, headers: fields, body: incoming, cancel });
      });
      stream.on("error", (error) => reject(this.#failureOf(stream, error)));
      stream.on("close", () => {
        abort?.[Symbol.dispose]();
        // Settled already unless the session has ended without an answer.
        reject(this.#failureOf(stream, new Error("EOF")));
      });
      if (body !== undefined) stream.end(body);
    });
  }

  /** Lets the requests that are under way end, and takes no more. */
  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#session.close();
  }

  /** Ends all requests at once. */
  destroy(): void {
    this.#timer?.[Symbol.dispose]();
    this.#session.destroy();
  }

  #open(headers: Readonly<Record<string, string>>, endStream: boolean): http2.ClientHttp2Stream {
    try {
      return this.#session.request(headers, { endStream });
    } catch (error) {
      throw error instanceof Error ? this.#translate(error) : error;
    }
  }

  /** What has become of a request without an answer. */
  #failureOf({ id = 0, rstCode }: http2.ClientHttp2Stream, error: Error): ConnectionError {
    const isRefused = rstCode === http2.constants.NGHTTP2_REFUSED_STREAM || id > this.#lastStream;
    return isRefused ? unprocessed(error) : this.#translate(error);
  }

  /** Streams only hear that they were cancelled; the session knows why. */
  #translate(error: Error): ConnectionError {
    return connectionError(this.#failure ?? error, this.#host, this.#isConnected);
  }

  #pingLater(): void {
    this.#timer = this.#clock.after(PING_AFTER_MS, () => this.#ping());
  }

  #ping(): void {
    if (!this.isOpen) return;
    this.#timer = this.#clock.after(PING_TIMEOUT_MS, () => {
      this.#failure ??= new Error("http2: client connection lost");
      this.#session.destroy();
    });
    this.#session.ping(() => {
      this.#timer?.[Symbol.dispose]();
      if (this.isOpen) this.#pingLater();
    });
  }
}
