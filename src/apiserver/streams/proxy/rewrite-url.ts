/** URLs of a backend as URLs through the proxy (apimachinery `pkg/util/proxy/transport.go`, `rewriteURL`). */

import { quote } from "#apimachinery/go-text.ts";

/** From where a page came to whom. */
export interface ProxiedPage {
  /** Path of the proxy itself, without a slash at its end. */
  readonly prefix: string;
  /** Host of the backend, with its port when there was one to be chosen. */
  readonly backend: string;
  /** What the client takes for the host. */
  readonly host: string;
}

/** Scheme, authority, path, and the rest; all but the path may be absent. */
const URL_PARTS = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(.*)$/s;

/** What Go has against a URL; undefined when it can make something of it. */
export function urlProblem(text: string): string | undefined {
  const [url = "", fragment = ""] = text.split(/#(.*)/s);
  if (CONTROL.test(url)) return "net/url: invalid control character in URL";
  const [path = ""] = url.split("?", 1);
  const escape = BAD_ESCAPE.exec(path)?.[0] ?? BAD_ESCAPE.exec(fragment)?.[0];
  return escape === undefined ? undefined : `invalid URL escape ${quote(escape)}`;
}

/** Those of ASCII. */
const CONTROL = /(?![\u0080-\u009f])\p{Cc}/u;

const BAD_ESCAPE = /%(?![0-9a-fA-F]{2}).{0,2}/s;

/** A path of the backend begins with that of the proxy afterwards; what leads elsewhere, or is relative, stays as it is. */
export function rewriteUrl(text: string, { prefix, backend, host }: ProxiedPage): string {
  const [, scheme, authority = "", path = "", rest = ""] = URL_PARTS.exec(text) ?? [];
  const isElsewhere = authority !== "" && authority !== backend && authority !== host;
  if (isElsewhere || !path.startsWith("/")) return text;
  const isClientsHost = authority !== "" && authority === host;
  const origin = isClientsHost ? `${scheme === undefined ? "" : `${scheme}:`}//${authority}` : "";
  return origin + escapePath(path.startsWith(prefix) ? path : prefix + cleanPath(path)) + rest;
}

/** Without empty segments, `.` and `..`; a slash at the end stays (apimachinery `net.JoinPreservingTrailingSlash`). */
export function cleanPath(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") kept.pop();
    else if (segment !== "" && segment !== ".") kept.push(segment);
  }
  const cleaned = kept.map((segment) => `/${segment}`).join("");
  return path.endsWith("/") ? `${cleaned}/` : cleaned;
}

/** What a path cannot have as it is; escapes that are there already stay. */
function escapePath(path: string): string {
  return path.replace(/[^\w\-.~/:@!$&'()*+,;=%]/gu, encodeURIComponent);
}
