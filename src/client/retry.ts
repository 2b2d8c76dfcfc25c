import { ConnectionError } from "./connection-error.ts";

/** What one attempt at a request came to. */
export type Attempt =
  | { readonly status: number; readonly retryAfter: string | undefined }
  | { readonly error: unknown };

/** As many times client-go sends a request again. */
const MAX_RETRIES = 10;

/** The pause before a read is sent again over a new connection. */
const RECONNECT_MS = 1000;

/**
 * Milliseconds after which the request should be sent again, or undefined to let the outcome stand (client-go
 * `rest/with_retry.go`, Go's `http2`): when the server asks for it or has not come to it, and for reads when the connection was lost. A write whose
 * connection was lost may have been carried out, and a server that cannot be reached is the caller's to know.
 */
export function retryDelayMs(method: string, retries: number, attempt: Attempt): number | undefined {
  if (retries >= MAX_RETRIES) return undefined;
  if ("error" in attempt) {
    const code = attempt.error instanceof ConnectionError ? attempt.error.detail.code : undefined;
    if (code === "unprocessed") return 0;
    return method === "GET" && code === "lost" ? RECONNECT_MS : undefined;
  }
  const isRetriable = attempt.status === 429 || attempt.status >= 500;
  const seconds = /^\d+$/.test(attempt.retryAfter ?? "") ? Number(attempt.retryAfter) : undefined;
  return isRetriable && seconds !== undefined ? seconds * 1000 : undefined;
}
