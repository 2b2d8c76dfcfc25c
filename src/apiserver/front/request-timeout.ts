import { parseDuration } from "#apimachinery/duration.ts";
import { badRequest } from "#apimachinery/status-error.ts";

/** How long a request may take that is not long-running (kube-apiserver `--request-timeout`). */
export const MAX_REQUEST_MS = 60_000;

/**
 * The time that a client allows with `?timeout=`, at most `MAX_REQUEST_MS` (apiserver `request_deadline.go`). Throws
 * BadRequest for what is no duration.
 */
export function requestTimeoutMs(query: URLSearchParams): number {
  const text = query.get("timeout") ?? "";
  const wanted = text === "" ? 0 : parseTimeout(text);
  return wanted > 0 ? Math.min(wanted, MAX_REQUEST_MS) : MAX_REQUEST_MS;
}

function parseTimeout(text: string): number {
  try {
    return Number(parseDuration(text)) / 1e6;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw badRequest(`invalid timeout specified in the request URL - ${error.message}`);
  }
}
