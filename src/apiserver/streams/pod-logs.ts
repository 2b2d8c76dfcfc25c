import { once } from "node:events";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
} from "node:http2";
import { type Duplex, PassThrough, type Readable } from "node:stream";
import {
  badRequest,
  internalError,
  type StatusError,
  unexpectedResponse,
} from "#apimachinery/status-error.ts";
import { onAbort } from "#base/disposable.ts";
import { Answer } from "#https/answer.ts";

/** How much of a kubelet's error message is passed on, in bytes (apiserver `response_checker.go`). */
const MAX_ERROR_BYTES = 50_000;

/** Reads one path of a kubelet over a fresh HTTP/2 connection and answers with what it says, as it comes. */
export async function streamFromKubelet(socket: Duplex, path: string, signal: AbortSignal): Promise<Answer> {
  // The host is of no meaning: the connection leads to one kubelet.
  const session = connect("https://kubelet", { createConnection: () => socket });
  const failed = failure(session);
  try {
    const stream = session.request({ ":path": path });
    onAbort(signal, () => session.destroy());
    const [headers] = (await Promise.race([once(stream, "response"), failed])) as [IncomingHttpHeaders];
    const code = Number(headers[":status"]);
    const body = bodyOf(stream);
    if (code < 200 || code > 206) throw kubeletError(code, await readText(body));
    return new Answer(200, { "content-type": "text/plain" }, contentOf(body, session));
  } catch (error) {
    session.destroy();
    throw error;
  }
}

/** Rejects when the connection fails. Nobody may be waiting any more when it does. */
function failure(session: ClientHttp2Session): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  session.on("error", reject);
  session.on("close", () => reject(new Error("the kubelet has closed the connection")));
  promise.catch(() => undefined);
  return promise;
}

/** The iterator of Bun's HTTP/2 streams takes an answer that has come whole before it is read for one that broke off. */
function bodyOf(stream: ClientHttp2Stream): Readable {
  const body = new PassThrough();
  stream.once("error", (error) => body.destroy(error));
  stream.once("close", () => {
    if (!stream.readableEnded) body.destroy(new Error("unexpected EOF"));
  });
  return stream.pipe(body);
}

async function* contentOf(body: Readable, session: ClientHttp2Session): AsyncGenerator<Uint8Array> {
  try {
    yield* body as AsyncIterable<Buffer>;
  } finally {
    session.destroy();
  }
}

async function readText(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= MAX_ERROR_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, MAX_ERROR_BYTES).toString();
}

function kubeletError(code: number, text: string): StatusError {
  if (code === 500) return internalError(text);
  return code === 400 ? badRequest(text) : unexpectedResponse(code, "", text);
}
