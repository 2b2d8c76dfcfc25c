import { readdirSync } from "node:fs";
import { connect, type TLSSocket } from "node:tls";
import type { ResourceRequest } from "#apimachinery/request.ts";
import { DialError } from "#apiserver/backends/dialer.ts";
import type { RequestPipeline } from "#apiserver/pipeline.ts";
import {
  END_HEADERS,
  END_STREAM,
  frame,
  headerBlock,
  unknownHeader,
} from "../../integration/front/http2-frames.ts";
import { startTestServer, type TestServer } from "../../integration/front/server.ts";
import { bytesTarget, ensure } from "../engine/target.ts";

const HELLO = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HOST = "Host: localhost\r\n";
const POD =
  '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"containers":[{"name":"a","image":"x"}]}}';

/** How long an answer to what may be no whole request is waited for. */
const ANSWER_MS = 30;
/** Inputs between two requests of another client. */
const CHECK_EVERY = 64;
/** Files that the server has open at one time or another: connections that are being closed, and what it loads. */
const MAX_OPEN_FILES = 200;

/** What a client may send over a connection, of HTTP/1.1 or HTTP/2, while another client goes on. */
export const target = bytesTarget({
  seeds: [
    text(
      `GET /api/v1/namespaces/default/pods?limit=1 HTTP/1.1\r\n${HOST}Accept: application/json;as=Table;v=v1;g=meta.k8s.io\r\n\r\n`,
    ),
    text(
      `POST /api/v1/namespaces/default/pods?dryRun=All HTTP/1.1\r\n${HOST}Content-Length: ${String(POD.length)}\r\nContent-Type: application/json\r\n\r\n${POD}`,
    ),
    text(
      `PATCH /api/v1/namespaces/default HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\nContent-Type: application/merge-patch+json\r\n\r\n5\r\n{"a":\r\n2;x=y\r\n1}\r\n0\r\nT: x\r\n\r\n`,
    ),
    text(`GET /healthz HTTP/1.1\r\n${HOST}\r\nGET /version HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`),
    text(
      `GET /api/v1/namespaces/default/pods/a/exec?command=a&stdin=1 HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n`,
    ),
    text(
      `GET /api/v1/pods?watch=1&timeoutSeconds=1 HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    ),
    text(
      `PUT /apis/apps/v1/namespaces/default/deployments/a HTTP/1.1\r\n${HOST}Expect: 100-continue\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\nImpersonate-User: x\r\nAuthorization: Bearer a.b.c\r\n\r\nabc`,
    ),
    http2(
      frame("HEADERS", END_STREAM | END_HEADERS, 1, headerBlock("GET", "/api/v1/pods")),
      frame("PING", 0, 0, Buffer.alloc(8)),
    ),
    http2(
      frame(
        "HEADERS",
        END_HEADERS,
        1,
        Buffer.concat([
          headerBlock("POST", "/api/v1/namespaces/default/pods"),
          unknownHeader("content-type", "application/json"),
        ]),
      ),
      frame("DATA", END_STREAM, 1, Buffer.from(POD)),
      frame("RST_STREAM", 0, 1, Buffer.from([0, 0, 0, 8])),
      frame("GOAWAY", 0, 0, Buffer.alloc(8)),
    ),
    http2(
      frame("HEADERS", 0, 1, headerBlock("GET", "/")),
      frame("CONTINUATION", END_HEADERS, 1, unknownHeader("a", "b")),
      frame("WINDOW_UPDATE", 0, 0, Buffer.from([0x7f, 255, 255, 255])),
    ),
    http2(
      frame("HEADERS", END_STREAM | END_HEADERS, 1, headerBlock("GET", "/api/v1/pods?watch=1")),
      frame("HEADERS", END_STREAM | END_HEADERS, 3, headerBlock("GET", "/api/v1/pods?limit=500")),
      frame("RST_STREAM", 0, 3, Buffer.from([0, 0, 0, 8])),
    ),
  ],
  dictionary: [
    "\r\n",
    "\r\n\r\n",
    "HTTP/1.1",
    "HTTP/1.0",
    "Content-Length: ",
    "Transfer-Encoding: chunked\r\n",
    "Connection: close\r\n",
    "Upgrade: ",
    "0\r\n\r\n",
    "/api/v1/",
    "%00",
    "..",
    "?watch=1",
    "&dryRun=All",
    "DELETE ",
    "OPTIONS ",
    "CONNECT ",
    "Accept-Encoding: gzip\r\n",
    "\u0000\u0000\u0000\u0004\u0001\u0000\u0000\u0000\u0000",
  ],
  maxBytes: 2048,
  maxInflatedBytes: 256 * 1024,
  // Others may be served in between.
  maxMs: 5000,
  refusals: [],
  open: async (stack) => {
    const server = await startTestServer({ intercept: rehearsing, dialer: NO_NETWORK });
    stack.use(server);
    const other = server.connect({ protocol: "http/1.1" });
    let count = 0;
    return async (bytes) => {
      await deliver(server, bytes);
      // A server of tests remembers its log.
      server.logLines.length = 0;
      count += 1;
      if (count % CHECK_EVERY !== 0) return undefined;
      const { status } = await other.send({ path: "/api/v1/namespaces/default" });
      ensure(status === 200, `Another client gets its answers: ${String(status)}`);
      ensure(readdirSync("/proc/self/fd").length < MAX_OPEN_FILES, "Connections do not stay open");
      return undefined;
    };
  },
});

/** Sends everything, waits a little for an answer, and breaks off. */
async function deliver({ port, pki }: TestServer, bytes: Buffer): Promise<void> {
  const { certificate: cert, key } = pki.credentials["client-admin"];
  const protocol = bytes.subarray(0, 3).toString() === "PRI" ? "h2" : "http/1.1";
  const socket = connect({
    port,
    host: "127.0.0.1",
    ca: pki.authorities["server-ca"],
    cert,
    key,
    ALPNProtocols: [protocol],
  });
  socket.on("error", () => undefined);
  socket.resume();
  socket.write(bytes);
  await answered(socket);
  if (socket.closed) return;
  const closed = Promise.withResolvers<void>();
  socket.once("close", closed.resolve);
  socket.destroy();
  await closed.promise;
}

async function answered(socket: TLSSocket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.once("data", () => resolve());
  socket.once("close", resolve);
  socket.once("secureConnect", () => setTimeout(resolve, ANSWER_MS));
  await promise;
}

/** Nothing is ever written, so that memory has no reason to grow. */
function rehearsing(pipeline: RequestPipeline): RequestPipeline {
  return {
    handle: async (context, request) => {
      rehearse(request);
      return await pipeline.handle(context, request);
    },
  };
}

function rehearse({ operation }: ResourceRequest): void {
  if (["get", "list", "watch"].includes(operation.verb)) return;
  Object.assign(operation, { options: { ...operation.options, dryRun: true } });
}

/** Proxied requests lead nowhere. */
const NO_NETWORK = {
  dial: async (address: { readonly host: string; readonly port: number }): Promise<never> =>
    await Promise.reject(DialError.of(address, new Error("There is no network"))),
};

function text(request: string): Buffer {
  return Buffer.from(request);
}

function http2(...frames: readonly Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.from(HELLO), frame("SETTINGS", 0, 0), ...frames]);
}
