import type { ResourceRequest, ResourceResponse, Verb } from "#apimachinery/request.ts";
import type { Clock } from "#base/clock.ts";
import { onAbort } from "#base/disposable.ts";
import { LinkedAbort } from "#base/linked-abort.ts";
import type { Transport } from "./client.ts";
import { ConnectionError, unavailable } from "./connection-error.ts";
import type { Credentials } from "./credentials.ts";
import { decodeResponse, decodeWatch, failureOf, parseWarnings } from "./decode-response.ts";
import { encodeRequest, type HttpRequest } from "./encode-request.ts";
import {
  type ClientCertificate,
  Http2Connection,
  type HttpResponse,
  type ServerAddress,
} from "./http2-connection.ts";
import { type Attempt, retryDelayMs } from "./retry.ts";

export interface HttpsTransportOptions extends Omit<ServerAddress, "ca"> {
  /** As that of a `ServerAddress`; a function is asked for each connection. */
  readonly ca?: string | (() => string);
  readonly credentials?: Credentials;
  readonly userAgent: string;
  /** Longest wait for a whole answer, or for the head of a watch. Default: 70 s. */
  readonly requestTimeoutMs?: number;
}

/** The API server itself ends requests after 60 seconds and says so, which is better to hear than a timeout. */
const DEFAULT_TIMEOUT_MS = 70_000;

/** What one attempt came to, for the decision to try again and for the caller. */
interface Answer {
  readonly attempt: Attempt;
  readonly outcome: ResourceResponse | Error;
}

/**
 * Requests over one HTTP/2 connection, which is made when it is first needed and again whenever it has ended or
 * the client certificate has changed. Retries what client-go retries. A failure below HTTP rejects as a `StatusError`
 * with reason ServiceUnavailable, whose `cause` is the `ConnectionError`. Disposal ends all requests and watches.
 */
export function createHttpsTransport(
  options: HttpsTransportOptions,
  dependencies: { readonly clock: Clock },
): Transport & AsyncDisposable {
  return new HttpsTransport(options, dependencies.clock);
}

class HttpsTransport implements Transport, AsyncDisposable {
  readonly #options: HttpsTransportOptions;
  readonly #clock: Clock;
  readonly #closed = new AbortController();
  #connection: Http2Connection | undefined;
  #certificate: ClientCertificate | undefined;

  constructor(options: HttpsTransportOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  async send(request: ResourceRequest, signal: AbortSignal | undefined): Promise<ResourceResponse> {
    const http = encodeRequest(request);
    const stop = new LinkedAbort(signal, this.#closed.signal);
    let isWatching = false;
    try {
      for (let retries = 0; ; retries += 1) {
        stop.signal.throwIfAborted();
        const { attempt, outcome } = await this.#attempt(http, request.operation.verb, stop);
        const delayMs = retryDelayMs(http.method, retries, attempt);
        if (delayMs !== undefined) await this.#clock.sleep(delayMs, stop.signal);
        else if (outcome instanceof Error) throw outcome;
        else {
          isWatching = outcome.type === "watch";
          return outcome;
        }
      }
    } finally {
      if (!isWatching) stop[Symbol.dispose]();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort(new DOMException("The transport was closed", "AbortError"));
    this.#connection?.destroy();
    return Promise.resolve();
  }

  async #attempt(http: HttpRequest, verb: Verb, stop: LinkedAbort): Promise<Answer> {
    using timeout = new LinkedAbort(stop.signal);
    const { requestTimeoutMs = DEFAULT_TIMEOUT_MS } = this.#options;
    using _ = this.#clock.after(requestTimeoutMs, () =>
      timeout.abort(new ConnectionError({ code: "timedOut" }, "context deadline exceeded")),
    );
    try {
      const connection = await this.#connect();
      const response = await connection.request(await this.#headersOf(http), http.body, timeout.signal);
      return await this.#answer(http, verb, response, stop);
    } catch (error) {
      const cause: unknown = timeout.signal.aborted ? timeout.signal.reason : error;
      if (!(cause instanceof ConnectionError)) throw cause;
      return { attempt: { error: cause }, outcome: this.#unavailable(http, cause) };
    }
  }

  async #answer(http: HttpRequest, verb: Verb, response: HttpResponse, stop: LinkedAbort): Promise<Answer> {
    const { status, headers } = response;
    const attempt = { status, retryAfter: headers["retry-after"] };
    if (verb === "watch" && status === 200) {
      return { attempt, outcome: { type: "watch", events: this.#eventsOf(response, http, stop) } };
    }
    const body = await readText(response);
    if (status < 200 || status > 299) return { attempt, outcome: failureOf(status, http.method, body) };
    const warnings = parseWarnings(headers["warning"]);
    return { attempt, outcome: decodeWhole(() => decodeResponse(verb, { status, body, warnings })) };
  }

  async #connect(): Promise<Http2Connection> {
    const certificate = await this.#options.credentials?.certificate?.();
    this.#closed.signal.throwIfAborted();
    const current = this.#connection;
    if (current?.isOpen === true && certificate === this.#certificate) return current;
    current?.[Symbol.dispose]();
    this.#certificate = certificate;
    const { ca, ...address } = this.#options;
    const authorities = typeof ca === "function" ? ca() : ca;
    this.#connection = new Http2Connection(
      { ...address, ...(authorities !== undefined && { ca: authorities }) },
      certificate,
      this.#clock,
    );
    return this.#connection;
  }

  async #headersOf({ method, path, contentType }: HttpRequest): Promise<Readonly<Record<string, string>>> {
    const token = await this.#options.credentials?.token?.();
    return {
      ":method": method,
      ":path": path,
      accept: "application/json",
      "user-agent": this.#options.userAgent,
      ...(contentType !== undefined && { "content-type": contentType }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
  }

  async *#eventsOf(
    response: HttpResponse,
    http: HttpRequest,
    stop: LinkedAbort,
  ): ReturnType<typeof decodeWatch> {
    using _ = onAbort(stop.signal, () => response.cancel());
    try {
      yield* decodeWatch(response.body);
    } catch (error) {
      if (stop.signal.aborted || !(error instanceof Error)) throw error;
      throw this.#unavailable(http, error);
    } finally {
      stop[Symbol.dispose]();
    }
  }

  #unavailable({ method, path }: HttpRequest, error: Error): Error {
    return unavailable(method, `${this.#options.url}${path}`, error);
  }
}

async function readText({ body }: HttpResponse): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body) text += decoder.decode(chunk, { stream: true });
  return text;
}

/** What is not complete JSON was cut off on its way. */
function decodeWhole<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ConnectionError({ code: "lost" }, "unexpected EOF", { cause: error });
  }
}
