import { parseDuration } from "#apimachinery/duration.ts";
import { badRequest } from "#apimachinery/status-error.ts";

/**
 * The time that a client allows with `?timeout=`, at most `maxMs` (apiserver `request_deadline.go`). Throws
 * BadRequest for what is no duration.
 */
export function requestTimeoutMs(query: URLSearchParams, maxMs: number): number {
  const text = query.get("timeout") ?? "";
  const wanted = text === "" ? 0 : parseTimeout(text);
  return wanted > 0 ? Math.min(wanted, maxMs) : maxMs;
}

function parseTimeout(text: string): number {
  try {
    return Number(parseDuration(text)) / 1e6;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw badRequest(`invalid timeout specified in the request URL - ${error.message}`);
  }
}
