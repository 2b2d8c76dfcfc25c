import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";
import type { Target } from "./http2-client.ts";

export interface Http1Request {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export interface Http1Head {
  readonly status: number;
  readonly retryAfterMs: number;
}

/** A connection that is kept alive, for one request after the other. It looks at the head of an answer only. */
export class Http1Connection {
  readonly #socket: TLSSocket;
  #head = Buffer.alloc(0);
  /** Bytes of the body that are still to come; undefined while the head does. */
  #missing: number | undefined;
  #answer: Http1Head = { status: 0, retryAfterMs: 0 };
  #asked: PromiseWithResolvers<Http1Head> | undefined;

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("error", (error) => this.#asked?.reject(error));
    socket.on("close", () => this.#asked?.reject(new Error("The server has closed the connection")));
  }

  static async open({ url, tls }: Target): Promise<Http1Connection> {
    const { hostname: host, port } = new URL(url);
    const socket = connect({ host, port: Number(port), ...tls, ALPNProtocols: ["http/1.1"] });
    await once(socket, "secureConnect");
    return new Http1Connection(socket);
  }

  /** Resolves when the whole answer has come, which must say how long it is. */
  ask({ method, path, headers, body }: Http1Request): Promise<Http1Head> {
    this.#asked = Promise.withResolvers<Http1Head>();
    const fields = { host: "server", "content-length": String(Buffer.byteLength(body)), ...headers };
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
    this.#socket.write(Buffer.concat([head, Buffer.from(body)]));
    return this.#asked.promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    if (this.#missing === undefined) this.#takeHead(chunk);
    else this.#missing -= chunk.length;
    if (this.#missing === undefined || this.#missing > 0) return;
    this.#missing = undefined;
    this.#asked?.resolve(this.#answer);
  }

  #takeHead(chunk: Buffer): void {
    this.#head = Buffer.concat([this.#head, chunk]);
    const end = this.#head.indexOf("\r\n\r\n");
    if (end < 0) return;
    const head = this.#head.subarray(0, end).toString("latin1");
    const field = (name: string): number => Number(new RegExp(`^${name}: (\\d+)`, "im").exec(head)?.[1] ?? 0);
    this.#answer = { status: Number(head.slice(9, 12)), retryAfterMs: field("retry-after") * 1000 };
    this.#missing = field("content-length") - (this.#head.length - end - 4);
    this.#head = Buffer.alloc(0);
  }
}
