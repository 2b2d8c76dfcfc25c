import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";
import type { TestServer } from "./server.ts";

export interface WebSocketRequest {
  readonly path: string;
  readonly protocols?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: an administrator's certificate. */
  readonly isAnonymous?: boolean;
}

export type Message = string | Buffer;

/** A client as browsers have it. */
export class WebSocketClient implements Disposable {
  readonly #socket: WebSocket;
  readonly #messages: Message[] = [];
  readonly #closed = Promise.withResolvers<number>();
  #arrived = Promise.withResolvers<void>();

  constructor(
    server: TestServer,
    { path, protocols = [], headers = {}, isAnonymous = false }: WebSocketRequest,
  ) {
    const tls = { ca: server.pki.authorities["server-ca"], ...(!isAnonymous && credentialOf(server)) };
    const options = { protocols: [...protocols], headers: { origin: "http://localhost", ...headers }, tls };
    this.#socket = new WebSocket(server.url.replace("https:", "wss:") + path, options);
    this.#socket.binaryType = "nodebuffer";
    this.#socket.addEventListener("message", ({ data }) => {
      this.#messages.push(data as Message);
      this.#arrived.resolve();
    });
    this.#socket.addEventListener("close", ({ code }) => this.#closed.resolve(code));
  }

  /** The subprotocol that the server has chosen. */
  get protocol(): string {
    return this.#socket.protocol;
  }

  /** The code with which the connection was closed. */
  get closed(): Promise<number> {
    return this.#closed.promise;
  }

  async nextMessage(): Promise<Message> {
    for (;;) {
      const message = this.#messages.shift();
      if (message !== undefined) return message;
      this.#arrived = Promise.withResolvers<void>();
      const code = await Promise.race([this.#arrived.promise, this.#closed.promise]);
      if (code !== undefined) throw new Error(`The connection was closed with code ${String(code)}`);
    }
  }

  send(message: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(message);
  }

  close(): void {
    this.#socket.close(1000);
  }

  [Symbol.dispose](): void {
    this.#socket.terminate();
  }
}

/** Sends a handshake and returns what has been answered by the time the head is there. Nothing more is read. */
export async function shakeHands(
  server: TestServer,
  { path, headers = {} }: WebSocketRequest,
): Promise<{ readonly answer: string; readonly socket: TLSSocket }> {
  const { port } = server;
  const ca = server.pki.authorities["server-ca"];
  const socket = connect({ host: "127.0.0.1", port, ca, ...credentialOf(server) });
  await once(socket, "secureConnect");
  const all: Readonly<Record<string, string>> = {
    host: "localhost",
    connection: "Upgrade",
    upgrade: "websocket",
    origin: "http://localhost",
    "sec-websocket-key": Buffer.alloc(16).toString("base64"),
    "sec-websocket-version": "13",
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  socket.write([`GET ${path} HTTP/1.1`, ...lines, "", ""].join("\r\n"));
  let answer = "";
  for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    answer += chunk.toString("latin1");
    if (answer.includes("\r\n\r\n")) break;
  }
  socket.pause();
  return { answer, socket };
}

function credentialOf(server: TestServer): { cert: string; key: string } {
  const { certificate, key } = server.pki.credentials["client-admin"];
  return { cert: certificate, key };
}
