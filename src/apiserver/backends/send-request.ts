import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from "node:http";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { goReason, TRANSFER_ERRORS } from "#apimachinery/go-network-error.ts";
import { quote } from "#apimachinery/go-text.ts";
import { onAbort } from "#base/disposable.ts";
import type { RequestHeaders } from "#https/exchange.ts";

export interface BackendRequest {
  readonly method: string;
  /** With its query, as it is to stand in the request. */
  readonly path: string;
  readonly headers: RequestHeaders;
  /** Bytes can be sent a second time; a stream cannot. */
  readonly body: Readable | Uint8Array;
}

/** The answer of a backend. */
export interface BackendResponse {
  readonly code: number;
  readonly headers: IncomingMessage["headers"];
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
  /** Reading it to its end leaves the connection to others; giving it up closes the connection. */
  readonly content: AsyncIterable<Uint8Array>;
  /** Names and values in turn of what stands behind the content, once that has been read. */
  trailers(): readonly string[];
  /** Gives up the content, read or not. */
  cancel(): void;
}

/** Where connections come from: an agent that keeps them, or one connection. */
export type ConnectionSource = Pick<RequestOptions, "agent" | "createConnection">;

/**
 * Sends a request and resolves with the head of its answer. Rejects with what making a connection gave, with an Error
 * in the words of Go when the connection ends before the answer, and with the signal's reason, which counts until the
 * content has ended. A connection that the backend had closed while it was kept is replaced where the body allows it.
 */
export async function sendRequest(
  source: ConnectionSource,
  request: BackendRequest,
  signal: AbortSignal,
): Promise<BackendResponse> {
  for (;;) {
    signal.throwIfAborted();
    const sent = open(source, request);
    try {
      return await answerOf(sent, request, signal);
    } catch (error) {
      sent.destroy();
      signal.throwIfAborted();
      const wasStale = sent.reusedSocket && isLost(error);
      if (!wasStale || !(request.body instanceof Uint8Array)) throw inGoWords(error);
    }
  }
}

function open(source: ConnectionSource, { method, path, headers }: BackendRequest): ClientRequest {
  return httpRequest({
    ...source,
    method,
    path,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, typeof value === "object" ? [...value] : value]),
    ),
  });
}

async function answerOf(
  sent: ClientRequest,
  { method, body }: BackendRequest,
  signal: AbortSignal,
): Promise<BackendResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const abort = onAbort(signal, () => sent.destroy(signal.reason as Error));
  sent.on("response", resolve);
  sent.on("error", reject);
  sent.on("close", () => {
    abort[Symbol.dispose]();
    reject(Object.assign(new Error("socket hang up"), { code: "ECONNRESET" }));
  });
  if (body instanceof Uint8Array) sent.end(body);
  // A backend may answer without having read everything.
  else pipeline(body, sent).catch(reject);
  const response = await promise;
  const { statusCode = 502, headers, rawHeaders } = response;
  if (method === "HEAD") response.resume();
  const content = method === "HEAD" ? NOTHING : contentOf(response, sent, signal);
  const trailers = (): readonly string[] => response.rawTrailers;
  return { code: statusCode, headers, rawHeaders, content, trailers, cancel: () => void sent.destroy() };
}

async function* contentOf(
  response: IncomingMessage,
  sent: ClientRequest,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  let isComplete = false;
  try {
    yield* response as AsyncIterable<Buffer>;
    isComplete = sent.writableFinished;
  } catch (error) {
    signal.throwIfAborted();
    throw inGoWords(error);
  } finally {
    if (!isComplete) sent.destroy();
  }
}

const NOTHING: AsyncIterable<Uint8Array> = {
  [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
};

/** A tunnel reports what happened at its other end in words alone. */
const LOST_IN_WORDS: readonly string[] = Object.values(TRANSFER_ERRORS);

function isLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const hasCode = "code" in error && String(error.code) in TRANSFER_ERRORS;
  return hasCode || LOST_IN_WORDS.includes(error.message);
}

function inGoWords(error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error)) return error;
  return new Error(malformed(error) ?? goReason(error, TRANSFER_ERRORS), { cause: error });
}

/** Of what begins as no HTTP answer does. */
function malformed(
  error: Error & { readonly code: unknown; readonly rawPacket?: unknown },
): string | undefined {
  const { code, rawPacket } = error;
  if (code !== "HPE_INVALID_CONSTANT" || !(rawPacket instanceof Uint8Array)) return undefined;
  const [line = ""] = Buffer.from(rawPacket).toString("latin1").split(/\r?\n/, 1);
  return `net/http: HTTP/1.x transport connection broken: malformed HTTP response ${quote(line)}`;
}
