import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import type { ShapedRequest } from "./request-shapes.ts";

/** A server, and who asks it. */
export interface Target {
  readonly url: string;
  /** PEM; absent for HTTP/2 without TLS. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
}

export function openSessions(target: Target, count: number): Promise<readonly ClientHttp2Session[]> {
  return Promise.all(Array.from({ length: count }, () => open(target)));
}

/**
 * How much Go's HTTP/2 client, and so client-go, lets a server send of a stream ahead (`golang.org/x/net/http2`
 * `transport.go`). It allows more for a connection, with which Bun would never tell that a stream has room again.
 */
const WINDOW_BYTES = 4 * 1024 * 1024;

async function open({ url, tls }: Target): Promise<ClientHttp2Session> {
  const session = connect(url, { ...tls, settings: { enablePush: false, initialWindowSize: WINDOW_BYTES } });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  session.once("connect", () => resolve());
  session.once("error", reject);
  await promise;
  session.setLocalWindowSize(WINDOW_BYTES);
  return session;
}

/** Resolves when the whole answer has come; rejects unless it has the expected status. */
export function ask(session: ClientHttp2Session, request: ShapedRequest): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stream = send(session, request);
  let status: unknown;
  let grpcStatus: unknown = "0";
  stream.on("response", (answered) => {
    status = answered[":status"];
    grpcStatus = answered["grpc-status"] ?? "0";
  });
  stream.on("trailers", (trailers) => {
    grpcStatus = trailers["grpc-status"] ?? "0";
  });
  stream.on("error", reject);
  stream.on("end", () => {
    if (status === request.expected && grpcStatus === "0") resolve();
    else reject(new Error(`Cannot go on: the server answered ${String(status)}, gRPC ${String(grpcStatus)}`));
  });
  stream.resume();
  return promise;
}

/** The text of an answer. */
export async function readText(session: ClientHttp2Session, path: string): Promise<string> {
  const chunks: Buffer[] = [];
  const stream = send(session, getRequest(path));
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

export function getRequest(path: string, headers: ShapedRequest["headers"] = {}): ShapedRequest {
  return { headers: { ":method": "GET", ":path": path, ...headers }, body: NOTHING, expected: 200 };
}

const NOTHING = new Uint8Array();

export function send(session: ClientHttp2Session, { headers, body }: ShapedRequest): ClientHttp2Stream {
  const stream = session.request(headers, { endStream: body.length === 0 });
  if (body.length > 0) stream.end(body);
  return stream;
}
