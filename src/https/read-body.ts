import type { Readable } from "node:stream";
import { requestEntityTooLarge } from "#apimachinery/status-error.ts";

/** The largest body of a request, in bytes (kube-apiserver `--max-resource-write-bytes`). */
export const MAX_BODY_BYTES = 3 * 1024 * 1024;

/**
 * Reads a body to its end. Rejects with RequestEntityTooLarge for more than `MAX_BODY_BYTES` and leaves the rest
 * unread then: destroying the stream would take the connection, and the answer, with it. It listens to the stream
 * because iterating over it costs as much as all the rest of HTTP for a small request.
 */
export function readBody(body: Readable): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let size = 0;
  const take = (chunk: Buffer): void => {
    size += chunk.length;
    chunks.push(chunk);
    if (size <= MAX_BODY_BYTES) return;
    body.off("data", take);
    body.pause();
    reject(bodyTooLarge());
  };
  body.on("data", take);
  body.on("end", () => resolve(joined(chunks, size)));
  body.on("error", reject);
  body.on("close", () => reject(new DOMException("The body was cut off", "AbortError")));
  return promise;
}

export function bodyTooLarge(): Error {
  return requestEntityTooLarge(`limit is ${String(MAX_BODY_BYTES)}`);
}

function joined(chunks: readonly Buffer[], size: number): Buffer {
  const [first] = chunks;
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks, size);
}
