import { quote } from "#apimachinery/go-text.ts";

/** The parts of a URL, empty where they are not there; `user` is undefined then. */
export interface UrlParts {
  /** In lower case. */
  readonly scheme: string;
  readonly user: string | undefined;
  readonly host: string;
  readonly query: string;
  readonly fragment: string;
}

/** Scheme, authority, query and fragment (RFC 3986 appendix B). */
const URL_PARTS = /^(?:([^:/?#]*):)?(?:\/\/([^/?#]*))?[^?#]*(?:\?([^#]*))?(?:#(.*))?$/s;

export function urlParts(url: string): UrlParts {
  const [, scheme = "", authority = "", query = "", fragment = ""] = URL_PARTS.exec(url) ?? [];
  const at = authority.lastIndexOf("@");
  return {
    scheme: scheme.toLowerCase(),
    user: at < 0 ? undefined : authority.slice(0, at),
    host: authority.slice(at + 1),
    query,
    fragment,
  };
}

/** What Go's parser refuses of the URLs that people write. */
export function urlProblem(url: string): string | undefined {
  const problem = problemOf(url);
  return problem === undefined ? undefined : `parse ${quote(url)}: ${problem}`;
}

function problemOf(url: string): string | undefined {
  if (hasControlCharacter(url)) return "net/url: invalid control character in URL";
  if (url.startsWith(":")) return "missing protocol scheme";
  const port = /:([^:\]]*)$/.exec(urlParts(url).host)?.[1];
  return port === undefined || /^\d*$/.test(port)
    ? undefined
    : `invalid port ${quote(`:${port}`)} after host`;
}

function hasControlCharacter(text: string): boolean {
  return Array.from(text).some((character) => character < " " || character === "\x7f");
}
