import { deepFreeze } from "#apimachinery/deep-freeze.ts";
import type { KubeList, KubeObject, Status, WatchEvent } from "#apimachinery/meta.ts";
import type { ResourceResponse, Verb } from "#apimachinery/request.ts";
import { StatusError, unexpectedResponse } from "#apimachinery/status-error.ts";

/** Longest line of a watch: several times the largest object that a server stores. */
const MAX_LINE_LENGTH = 32 * 1024 * 1024;

/** The answer in a complete, successful response. Throws a SyntaxError when it is not JSON. */
export function decodeResponse(
  verb: Verb,
  {
    status,
    body,
    warnings,
  }: { readonly status: number; readonly body: string; readonly warnings: readonly string[] },
): ResourceResponse {
  const decoded: unknown = JSON.parse(body);
  const more = warnings.length > 0 ? { warnings } : {};
  // The server answers with what was asked for; anything else would be another protocol.
  if (verb === "list") return { type: "list", list: deepFreeze(withTypes(decoded as KubeList)), ...more };
  return { type: "object", code: status, object: deepFreeze(decoded as KubeObject), ...more };
}

/**
 * The error of a response that is not a success: what its Status says, or client-go's words for an answer of
 * something else than an API server.
 */
export function failureOf(status: number, method: string, body: string): StatusError {
  const decoded = parseStatus(body);
  return decoded === undefined
    ? unexpectedResponse(status, method, body)
    : new StatusError(deepFreeze({ ...decoded, code: status }));
}

/** The Status that a body is; undefined for anything else. */
export function parseStatus(body: string): Status | undefined {
  try {
    const decoded = JSON.parse(body) as Partial<Status> | null;
    return decoded?.kind === "Status" ? (decoded as Status) : undefined;
  } catch {
    // Something between us and the API server answered in its own words.
    return undefined;
  }
}

/** Kubernetes leaves apiVersion and kind out of the items of its lists, since the list says them. */
function withTypes(list: KubeList): KubeList {
  const kind = list.kind.replace(/List$/, "");
  const { apiVersion } = list;
  const items = (list.items ?? []).map((item) => ({
    ...item,
    apiVersion: item.apiVersion ?? apiVersion,
    kind: item.kind ?? kind,
  }));
  return { ...list, items };
}

/** The texts of `Warning` headers: `299 - "text"`, several in one header (RFC 7234 section 5.5). */
export function parseWarnings(header: string | undefined): readonly string[] {
  const matches = header?.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g) ?? [];
  return Array.from(matches, ([, text = ""]) => text.replace(/\\(.)/g, "$1"));
}

/**
 * The events of a watch, one JSON object a line; what arrives together is one batch. Throws a SyntaxError for what
 * is not JSON or stops in the middle of a line.
 */
export async function* decodeWatch(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly WatchEvent[], void, void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    const end = rest.lastIndexOf("\n");
    if (rest.length - end > MAX_LINE_LENGTH) throw new SyntaxError("Cannot read watch: a line is too long");
    if (end < 0) continue;
    const lines = rest.slice(0, end).split("\n");
    rest = rest.slice(end + 1);
    const batch = lines.filter((line) => line.trim() !== "").map(parseEvent);
    if (batch.length > 0) yield batch;
  }
  if (rest.trim() !== "") throw new SyntaxError("Cannot read watch: it ended in the middle of an event");
}

function parseEvent(line: string): WatchEvent {
  return deepFreeze(JSON.parse(line) as WatchEvent);
}
