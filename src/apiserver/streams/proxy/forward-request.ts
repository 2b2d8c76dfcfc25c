import type { Duplex } from "node:stream";
import { type BackendRequest, type BackendResponse, sendRequest } from "../../backends/send-request.ts";

/**
 * Sends one request over a connection that serves it alone, and is closed with the end of the answer. Rejects when the
 * connection ends before the answer.
 */
export async function forwardRequest(
  connection: Duplex,
  request: BackendRequest,
  signal: AbortSignal,
): Promise<BackendResponse> {
  try {
    const response = await sendRequest({ createConnection: () => connection }, request, signal);
    if (request.method === "HEAD") connection.destroy();
    return { ...response, content: closing(connection, response.content) };
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

async function* closing(
  connection: Duplex,
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* content;
  } finally {
    connection.destroy();
  }
}
