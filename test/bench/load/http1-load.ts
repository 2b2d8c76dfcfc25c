/**
 * Clients of a process of their own that each have a connection of HTTP/1.1 and ask over and over. They look at the head
 * of an answer only, so that many of them can flood a server from a core of the same machine.
 */
import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";
import type { Target } from "./http2-client.ts";

export interface Http1LoadOptions extends Required<Target> {
  readonly connections: number;
  /** Between an answer and the next request. */
  readonly pauseMs: number;
  /** Ends after this time, or, where that is given, after so many requests of each connection. */
  readonly durationMs: number;
  readonly requestsEach?: number;
  /** Each connection asks for one of them; `*` in a body stands for a name that nobody has used. */
  readonly requests: readonly PlainRequest[];
}

export interface PlainRequest {
  readonly method: string;
  readonly path: string;
  readonly contentType?: string;
  readonly body?: string;
}

export interface Http1LoadFigures {
  readonly answered: number;
  /** Told to come back later. */
  readonly refused: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

interface Head {
  readonly status: number;
  readonly retryAfterMs: number;
}

class Connection {
  readonly #socket: TLSSocket;
  #head = Buffer.alloc(0);
  /** Bytes of the body that are still to come; undefined while the head does. */
  #missing: number | undefined;
  #answer: Head = { status: 0, retryAfterMs: 0 };
  #asked: PromiseWithResolvers<Head> | undefined;

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("error", (error) => this.#asked?.reject(error));
    socket.on("close", () => this.#asked?.reject(new Error("The server has closed the connection")));
  }

  static async open({ url, tls }: Required<Target>): Promise<Connection> {
    const { hostname: host, port } = new URL(url);
    const socket = connect({ host, port: Number(port), ...tls, ALPNProtocols: ["http/1.1"] });
    await once(socket, "secureConnect");
    return new Connection(socket);
  }

  ask({ method, path, contentType = "application/json", body = "" }: PlainRequest): Promise<Head> {
    this.#asked = Promise.withResolvers<Head>();
    const text = body.replace("*", crypto.randomUUID());
    this.#socket.write(
      `${method} ${path} HTTP/1.1\r\nHost: server\r\nContent-Type: ${contentType}\r\nContent-Length: ${String(Buffer.byteLength(text))}\r\n\r\n${text}`,
    );
    return this.#asked.promise;
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

async function runHttp1Load(options: Http1LoadOptions): Promise<void> {
  const { connections, pauseMs, durationMs, requests } = options;
  const { requestsEach = Number.POSITIVE_INFINITY } = options;
  const opened: Connection[] = [];
  while (opened.length < connections) opened.push(await Connection.open(options));
  const latencies: number[] = [];
  let refused = 0;
  const end = performance.now() + durationMs;
  await Promise.all(
    opened.map(async (connection, index) => {
      const request = requests[index % requests.length] as PlainRequest;
      for (let step = 0; step < requestsEach && performance.now() < end; step += 1) {
        const asked = performance.now();
        const { status, retryAfterMs } = await connection.ask(request);
        if (status === 429) refused += 1;
        else if (status < 300) latencies.push(performance.now() - asked);
        else throw new Error(`Cannot go on: the server answered ${String(status)}`);
        await Bun.sleep(status === 429 ? retryAfterMs : pauseMs);
      }
    }),
  );
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (part: number): number => sorted[Math.floor((sorted.length - 1) * part)] ?? 0;
  const figures: Http1LoadFigures = {
    answered: sorted.length,
    refused,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: at(1),
  };
  console.log(JSON.stringify(figures));
  process.exit();
}

if (import.meta.main) await runHttp1Load(JSON.parse(await Bun.stdin.text()) as Http1LoadOptions);
