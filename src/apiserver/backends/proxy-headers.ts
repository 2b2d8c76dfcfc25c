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

/** What a backend says of other origins is not for the API server's (apimachinery `removeCORSHeaders`). */
const CROSS_ORIGIN: ReadonlySet<string> = new Set([
  "access-control-allow-credentials",
  "access-control-allow-headers",
  "access-control-allow-methods",
  "access-control-allow-origin",
]);

export interface ForwardedRequest {
  readonly headers: RequestHeaders;
  readonly clientAddress: string;
  /** The host that the backend is asked for. */
  readonly host: string;
}

/** The headers of a plain request to a backend. `uri` is its path as the client knows it, without its query. */
export function forwardedHeaders(request: ForwardedRequest, uri: string): RequestHeaders {
  const { headers } = request;
  const named = listed(headers["connection"]);
  const passed = Object.entries(withoutOwnHeaders(headers)).filter(
    ([name]) => !HOP_BY_HOP.has(name) && !named.includes(name),
  );
  return {
    ...Object.fromEntries(passed),
    ...(listed(headers["te"]).includes("trailers") && { te: "trailers" }),
    ...addedHeaders(request),
    "x-forwarded-uri": uri,
  };
}

/** The headers of a request to leave HTTP, which is about the connection. */
export function forwardedUpgradeHeaders(request: ForwardedRequest): RequestHeaders {
  return { ...withoutOwnHeaders(request.headers), ...addedHeaders(request) };
}

function addedHeaders({ headers, clientAddress, host }: ForwardedRequest): RequestHeaders {
  const before = valuesOf(headers["x-forwarded-for"]);
  return { host, "x-forwarded-for": [...before, clientAddress].join(", ") };
}

/** `raw` has names and values in turn. Several values of a name stay several. */
export function answeredHeaders(raw: readonly string[]): AnswerHeaders {
  const pairs = raw.flatMap((name, index) =>
    index % 2 === 0 ? [[name.toLowerCase(), raw[index + 1] ?? ""] as const] : [],
  );
  const named = pairs.filter(([name]) => name === "connection").flatMap(([, value]) => listed(value));
  const fields = new Map<string, string | readonly string[]>();
  for (const [name, value] of pairs) {
    if (HOP_BY_HOP.has(name) || named.includes(name) || CROSS_ORIGIN.has(name)) continue;
    const before = fields.get(name);
    fields.set(name, before === undefined ? value : [before, value].flat());
  }
  return Object.fromEntries(fields);
}

function listed(value: RequestHeaders[string]): readonly string[] {
  return valuesOf(value)
    .flatMap((each) => each.split(","))
    .map((word) => word.trim().toLowerCase())
    .filter((word) => word !== "");
}

function valuesOf(value: RequestHeaders[string]): readonly string[] {
  if (value === undefined) return [];
  return typeof value === "string" ? [value] : value;
}
