import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";
import { type Frame, FrameReader, formatData, formatPing, formatReset } from "#kubelet/server/spdy/frame.ts";
import { HeaderEncoder, type SpdyHeaders } from "#kubelet/server/spdy/header-block.ts";
import type { TestServer } from "../front/server.ts";
import { until } from "../until.ts";

export interface SpdyRequest {
  readonly path: string;
  readonly protocols: readonly string[];
}

/** One stream as its client sees it. */
export interface ClientStream {
  readonly id: number;
  /** What has come so far. */
  readonly received: Buffer[];
  state: "opening" | "open" | "ended" | "reset";
  send(content: string | Uint8Array): boolean;
  end(): void;
  reset(): void;
}

/** A client of SPDY/3.1 as client-go is one, which says what a test wants it to say. */
export class SpdyClient implements Disposable {
  readonly socket: TLSSocket;
  /** Status line and headers of the answer, and what came behind it when that was no upgrade. */
  readonly answer: string;
  readonly streams = new Map<number, ClientStream>();
  readonly pings: number[] = [];
  hasGoneAway = false;
  readonly #encoder = new HeaderEncoder();
  readonly #reader = new FrameReader();
  #nextId = 1;

  private constructor(socket: TLSSocket, answer: string, rest: Buffer) {
    this.socket = socket;
    this.answer = answer;
    if (!answer.startsWith("HTTP/1.1 101 ")) return;
    this.#receive(rest);
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
  }

  static async connect(server: TestServer, { path, protocols }: SpdyRequest): Promise<SpdyClient> {
    const { certificate: cert, key } = server.pki.credentials["client-admin"];
    const ca = server.pki.authorities["server-ca"];
    const socket = connect({ port: server.port, host: "127.0.0.1", ca, cert, key });
    await once(socket, "secureConnect");
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nContent-Length: 0\r\n` +
        `${protocols.map((protocol) => `X-Stream-Protocol-Version: ${protocol}\r\n`).join("")}\r\n`,
    );
    let received = Buffer.alloc(0);
    for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      received = Buffer.concat([received, chunk]);
      if (received.includes("\r\n\r\n") && received.toString().startsWith("HTTP/1.1 101 ")) break;
    }
    const end = received.indexOf("\r\n\r\n") + 4;
    const isUpgrade = received.toString().startsWith("HTTP/1.1 101 ");
    const answer = received.subarray(0, isUpgrade ? end : received.length).toString();
    return new SpdyClient(socket, answer, received.subarray(end));
  }

  /** A stream that the server has agreed to, or has reset. */
  async open(headers: SpdyHeaders, id = this.#nextId): Promise<ClientStream> {
    this.#nextId = id + 2;
    const stream: ClientStream = {
      id,
      received: [],
      state: "opening",
      send: (content) => this.socket.write(formatData(id, Buffer.from(content), false)),
      end: () => void this.socket.write(formatData(id, new Uint8Array(), true)),
      reset: () => void this.socket.write(formatReset(id, 5)),
    };
    this.streams.set(id, stream);
    this.socket.write(synStream(id, this.#encoder.encode(headers)));
    await until(() => stream.state !== "opening");
    return stream;
  }

  ping(id: number): void {
    this.socket.write(formatPing(id));
  }

  get isClosed(): boolean {
    return this.socket.destroyed || this.socket.readableEnded;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  #receive(chunk: Buffer): void {
    for (const frame of this.#reader.read(chunk)) this.#take(frame);
  }

  #take(frame: Frame): void {
    if (frame.type === "ping") this.pings.push(frame.id);
    if (frame.type === "goAway") this.hasGoneAway = true;
    const stream = "streamId" in frame ? this.streams.get(frame.streamId) : undefined;
    if (stream === undefined) return;
    if (frame.type === "headers") stream.state = "open";
    if (frame.type === "reset") stream.state = "reset";
    if (frame.type !== "data") return;
    stream.received.push(Buffer.from(frame.content));
    if (frame.isLast) stream.state = "ended";
  }
}

/** All that a stream has brought when it has ended, or was reset. */
export async function readToEnd(stream: ClientStream): Promise<string> {
  await until(() => stream.state === "ended" || stream.state === "reset");
  return Buffer.concat(stream.received).toString();
}

function synStream(id: number, block: Buffer): Buffer {
  const head = Buffer.alloc(18);
  head.writeUInt32BE(0x80030001, 0);
  head.writeUInt32BE(block.length + 10, 4);
  head.writeUInt32BE(id, 8);
  return Buffer.concat([head, block]);
}
