/** What becomes of headers on their way through a proxy (Go `httputil.ReverseProxy`, RFC 9110 section 7.6.1). */
import type { AnswerHeaders } from "#https/answer.ts";
import type { RequestHeaders } from "#https/exchange.ts";
import { withoutOwnHeaders } from "./own-headers.ts";

/** Mean one connection only. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "proxy-connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

export interface ForwardedRequest {
  readonly headers: RequestHeaders;
  readonly clientAddress: string;
  /** What the client takes for the host. */
  readonly host: string;
  /** Path of the request as the client knows it, without its query. */
  readonly uri: string;
}

/** The headers with which a backend is asked. Those of an upgrade are kept when `isUpgrade`. */
export function forwardedHeaders(
  { headers, clientAddress, host, uri }: ForwardedRequest,
  { isUpgrade }: { readonly isUpgrade: boolean },
): RequestHeaders {
  const named = listed(headers["connection"]);
  const passed = Object.entries(withoutOwnHeaders(headers)).filter(([name]) => {
    if (name.startsWith(":")) return false;
    if (isUpgrade && (name === "connection" || name === "upgrade")) return true;
    return !HOP_BY_HOP.has(name) && !named.includes(name);
  });
  const before = listed(headers["x-forwarded-for"]);
  return {
    ...Object.fromEntries(passed),
    host,
    "x-forwarded-for": [...before, clientAddress].join(", "),
    "x-forwarded-uri": uri,
  };
}

/** `raw` has names and values in turn. Several values of a name stay several. */
export function answeredHeaders(raw: readonly string[]): AnswerHeaders {
  const pairs = raw.flatMap((name, index) =>
    index % 2 === 0 ? [[name.toLowerCase(), raw[index + 1] ?? ""] as const] : [],
  );
  const named = pairs.filter(([name]) => name === "connection").flatMap(([, value]) => listed(value));
  const fields = new Map<string, string | readonly string[]>();
  for (const [name, value] of pairs) {
    // The backend speaks for itself, not for the API server, in what other origins may do.
    if (HOP_BY_HOP.has(name) || named.includes(name) || name.startsWith("access-control-")) continue;
    const before = fields.get(name);
    fields.set(name, before === undefined ? value : [before, value].flat());
  }
  return Object.fromEntries(fields);
}

export interface ProxiedPage {
  /** Path of the proxy itself, without a slash at its end. */
  readonly prefix: string;
  /** Host and port of the backend. */
  readonly backend: string;
  readonly host: string;
}

/** A redirection of the backend to itself, as one through the proxy (apimachinery `pkg/util/proxy/transport.go`). */
export function rewriteLocation(location: string, { prefix, backend, host }: ProxiedPage): string {
  const [, authority, path = ""] = URL_PARTS.exec(location) ?? [];
  const isElsewhere = authority !== undefined && authority !== backend && authority !== host;
  if (isElsewhere || !path.startsWith("/")) return location;
  return path.startsWith(prefix) ? location : prefix + path;
}

/** Scheme and authority, either of which may be absent, and the rest. */
const URL_PARTS = /^(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?(?:\/\/([^/?#]*))?(.*)$/s;

function listed(value: RequestHeaders[string]): readonly string[] {
  const values = value === undefined ? [] : typeof value === "string" ? [value] : value;
  return values
    .flatMap((each) => each.split(","))
    .map((word) => word.trim().toLowerCase())
    .filter((word) => word !== "");
}
