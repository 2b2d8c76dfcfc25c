/** The HTTPS server of a kubelet whose containers only exist here. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import type { NodeResponse } from "#https/node-response.ts";
import type { NodeRequest } from "#https/peer.ts";
import type { Pki } from "#pki/pki.ts";
import { closeFrame, frame, framesOf } from "./web-socket-frames.ts";

const CHANNEL = { stdin: 0, stdout: 1, error: 3, close: 255 } as const;
const SUCCESS = { metadata: {}, status: "Success" };

export class TestKubelet implements AsyncDisposable {
  /** Method and path of every request. */
  readonly requests: string[] = [];
  /** Common names of the clients. */
  readonly clients = new Set<string>();
  /** What the log of every container says. One that is followed stays open. */
  log = "line 1\nline 2\n";
  /** The answer to everything, in place of the usual. */
  failure: { readonly code: number; readonly text: string } | undefined;
  readonly #server: Http2SecureServer;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #sockets = new Set<TLSSocket>();
  readonly #followers = new Set<NodeResponse>();

  /** Shows a certificate of this name; only the usual one makes it a kubelet. */
  constructor(pki: Pki, credential: keyof Pki["credentials"] = "serving-kubelet") {
    const { certificate: cert, key } = pki.credentials[credential] ?? {};
    const ca = pki.authorities["client-ca"];
    this.#server = createSecureServer({ cert, key, ca, requestCert: true, allowHTTP1: true });
    this.#server.on("request", (request, response) => this.#serve(request, response));
    this.#server.on("upgrade", (request, socket: TLSSocket) => void this.#upgrade(request, socket));
    this.#server.on("session", (session) => this.#sessions.add(session));
    this.#server.on("secureConnection", (socket) => {
      this.clients.add(String(socket.getPeerCertificate().subject.CN));
      this.#sockets.add(socket);
    });
  }

  async listen(): Promise<number> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return (this.#server.address() as AddressInfo).port;
  }

  /** How many connections are open. */
  get connections(): number {
    return [...this.#sockets].filter(({ destroyed }) => !destroyed).length;
  }

  /** Says more in the logs that are followed. */
  append(text: string): void {
    for (const follower of this.#followers) (follower as { write(text: string): void }).write(text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const session of this.#sessions) session.destroy();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #serve({ method = "", url = "" }: NodeRequest, response: NodeResponse): void {
    this.requests.push(`${method} ${url}`);
    if (this.failure !== undefined) {
      response.statusCode = this.failure.code;
      response.end(this.failure.text);
    } else if (url.includes("follow=true")) {
      this.#followers.add(response);
      this.append(this.log);
    } else {
      response.end(this.log);
    }
  }

  async #upgrade({ method = "", url = "", headers }: IncomingMessage, socket: TLSSocket): Promise<void> {
    this.requests.push(`${method} ${url}`);
    if (this.failure !== undefined) {
      const { code, text } = this.failure;
      socket.end(`HTTP/1.1 ${String(code)} Failed\r\nContent-Length: ${String(text.length)}\r\n\r\n${text}`);
      return;
    }
    const { protocol, accept } = upgradeOf(headers);
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n${accept}\r\n`,
    );
    if (protocol === "websocket") await runCommand(socket, new URL(url, "https://kubelet").searchParams);
    else socket.pipe(socket);
  }
}

function upgradeOf(headers: IncomingMessage["headers"]): {
  readonly protocol: string;
  readonly accept: string;
} {
  const protocol = headers.upgrade ?? "";
  const key = headers["sec-websocket-key"];
  if (key === undefined) return { protocol, accept: "" };
  // RFC 6455, section 4.2.2.
  const proof = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  const [subprotocol = ""] = (headers["sec-websocket-protocol"] ?? "").split(",");
  return {
    protocol,
    accept: `Sec-WebSocket-Accept: ${proof}\r\nSec-WebSocket-Protocol: ${subprotocol.trim()}\r\n`,
  };
}

/** The channels of `v4.channel.k8s.io` and `v5.channel.k8s.io`: `echo` says its words, `cat` what it is told. */
async function runCommand(socket: TLSSocket, query: URLSearchParams): Promise<void> {
  const send = (channel: number, content: string | Uint8Array): boolean =>
    socket.write(frame(Buffer.concat([Buffer.from([channel]), Buffer.from(content)])));
  const [program, ...words] = query.getAll("command");
  if (program === "echo") send(CHANNEL.stdout, `${words.join(" ")}\n`);
  if (program === "cat") {
    for await (const payload of framesOf(socket)) {
      const [channel, which] = payload;
      if (channel === CHANNEL.close && which === CHANNEL.stdin) break;
      if (channel === CHANNEL.stdin) send(CHANNEL.stdout, payload.subarray(1));
    }
  }
  send(CHANNEL.error, JSON.stringify(SUCCESS));
  socket.write(closeFrame());
}
