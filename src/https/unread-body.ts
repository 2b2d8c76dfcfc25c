import type { Clock } from "#base/clock.ts";
import type { NodeRequest } from "./peer.ts";

/** More of a body that nobody has read is not worth reading to keep a connection (Go's `maxPostHandlerReadBytes`). */
const MAX_DRAINED_BYTES = 256 * 1024;

/** How long a client that is still sending has time to read the answer (Go's `rstAvoidanceDelay`). */
const LINGER_MS = 500;

/** HTTP/1.1 reads a body to its end before the next request, so who sends on in vain loses the connection. */
export function closesConnection(request: NodeRequest): boolean {
  if ("stream" in request || request.complete) return false;
  const { "content-length": length = 0, "transfer-encoding": coding } = request.headers;
  return coding !== undefined || Number(length) > MAX_DRAINED_BYTES;
}

/**
 * Throws away what comes of a body that nobody wants, to be called when the answer has been written: closing the
 * connection while the client is sending would take the answer from it. Resolves when the body or its time is over.
 */
export async function discardBody(request: NodeRequest, clock: Clock): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  using _time = clock.after(LINGER_MS, resolve);
  request.once("end", resolve);
  request.once("close", resolve);
  request.resume();
  await promise;
}
