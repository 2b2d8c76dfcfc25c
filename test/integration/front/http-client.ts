/** A plain HTTP client for both protocols that shows answers as they come. */
import { once } from "node:events";
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { type ClientHttp2Session, connect } from "node:http2";
import { Agent, request as requestHttps } from "node:https";
import type { Readable } from "node:stream";

export type Protocol = "h2" | "http/1.1";

export interface HttpClientOptions {
  readonly url: string;
  readonly protocol: Protocol;
  readonly authority: string;
  /** Undefined for a client that shows no certificate. */
  readonly credential?: { readonly certificate: string; readonly key: string } | undefined;
  /** Sent with every request. */
  readonly headers?: OutgoingHttpHeaders;
}

export interface HttpRequest {
  readonly path: string;
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
}

/** An answer whose body is still coming. */
export interface OpenAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  json<T = unknown>(): T;
}

export class HttpClient implements AsyncDisposable {
  readonly #options: HttpClientOptions;
  readonly #agent: Agent;
  #session: ClientHttp2Session | undefined;

  constructor(options: HttpClientOptions) {
    this.#options = options;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1, ...this.#tls() });
  }

  /** Reads the whole answer. Rejects when it breaks off. */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    const { status, headers, body } = await this.open(request);
    const chunks: Buffer[] = [];
    for await (const chunk of body as AsyncIterable<Buffer>) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    const text = bytes.toString();
    return { status, headers, bytes, text, json: <T>() => JSON.parse(text) as T };
  }

  /** Resolves with the head of the answer. */
  async open(request: HttpRequest): Promise<OpenAnswer> {
    return this.#options.protocol === "h2" ? await this.#openHttp2(request) : await this.#openHttp1(request);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
    if (this.#session === undefined || this.#session.destroyed) return;
    const closed = once(this.#session, "close");
    this.#session.destroy();
    await closed;
  }

  async #openHttp2({ method = "GET", path, headers, body }: HttpRequest): Promise<OpenAnswer> {
    if (this.#session === undefined || this.#session.closed || this.#session.destroyed) {
      this.#session = connect(this.#options.url, this.#tls());
      // What goes wrong shows at the requests.
      this.#session.on("error", () => undefined);
    }
    const stream = this.#session.request(
      { ":method": method, ":path": path, ...this.#options.headers, ...headers },
      { endStream: body === undefined },
    );
    if (body !== undefined) stream.end(body);
    const closed = once(stream, "close").then(() => {
      throw new Error("The stream was closed before the answer");
    });
    const [answered] = (await Promise.race([once(stream, "response"), closed])) as [IncomingHttpHeaders];
    // Who reads the body sees how it ends.
    closed.catch(() => undefined);
    return { status: Number(answered[":status"]), headers: answered, body: stream };
  }

  async #openHttp1({ method = "GET", path, headers, body }: HttpRequest): Promise<OpenAnswer> {
    const { hostname, port } = new URL(this.#options.url);
    const request = requestHttps({
      hostname,
      port,
      path,
      method,
      headers: { ...this.#options.headers, ...headers },
      agent: this.#agent,
      ...this.#tls(),
    });
    request.end(body);
    const [response] = (await once(request, "response")) as [IncomingMessage];
    return { status: response.statusCode ?? 0, headers: response.headers, body: response };
  }

  #tls() {
    const { authority, credential } = this.#options;
    return { ca: authority, ...(credential && { cert: credential.certificate, key: credential.key }) };
  }
}
