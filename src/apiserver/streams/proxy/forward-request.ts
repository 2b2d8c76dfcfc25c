import { request as httpRequest, type IncomingMessage } from "node:http";
import type { Duplex, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { RequestHeaders } from "#https/exchange.ts";

export interface BackendRequest {
  readonly method: string;
  /** With its query, as it stands in the request. */
  readonly path: string;
  readonly headers: RequestHeaders;
  readonly body: Readable;
}

/** The answer of a backend. */
export interface BackendResponse {
  readonly code: number;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
  /** Reading it to its end, or giving it up, closes the connection. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** Sends one request over a connection that serves it alone. Rejects when the connection ends before the answer. */
export async function forwardRequest(
  connection: Duplex,
  { method, path, headers, body }: BackendRequest,
): Promise<BackendResponse> {
  const request = httpRequest({
    createConnection: () => connection,
    method,
    path,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, typeof value === "object" ? [...value] : value]),
    ),
  });
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request.on("response", resolve);
  request.on("error", reject);
  connection.once("close", () => reject(new Error("EOF")));
  // A backend may answer without having read everything.
  pipeline(body, request).catch(reject);
  try {
    const response = await promise;
    const { statusCode = 502, rawHeaders } = response;
    const content = method === "HEAD" ? nothing(connection) : contentOf(response, connection);
    return { code: statusCode, rawHeaders, content };
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

async function* contentOf(
  response: IncomingMessage,
  connection: Duplex,
): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* response as AsyncIterable<Buffer>;
  } finally {
    connection.destroy();
  }
}

function nothing(connection: Duplex): AsyncIterable<Uint8Array> {
  connection.destroy();
  return {
    [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
  };
}
