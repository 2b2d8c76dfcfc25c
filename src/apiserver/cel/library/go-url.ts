/** URLs as Go's `net/url` reads them, which changes nothing about what is written. */
import { quote } from "#apimachinery/go-text.ts";

export interface GoUrl {
  readonly text: string;
  readonly scheme: string;
  /** With the port, as it is written. */
  readonly host: string;
  readonly path: string;
  readonly query: string;
}

export interface UrlProblem {
  readonly problem: string;
}

const USER = /^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/;
const HOST = /[^A-Za-z0-9\-._~!$&'()*+,;=:[\]<>"%\u0080-\uffff]/;
const BAD_ESCAPE = /%(?![0-9a-fA-F]{2})[^]{0,2}/;

/** `url.ParseRequestURI`: absolute, or a path only. */
export function parseRequestUri(text: string): GoUrl | UrlProblem {
  const parsed = parse(text);
  return "problem" in parsed ? { problem: `parse ${quote(text)}: ${parsed.problem}` } : parsed;
}

/** The URL, with what is behind `#` taken off. */
export function withoutFragment(url: GoUrl): GoUrl {
  const cut = (part: string): string => part.split("#")[0] ?? "";
  const isInPath = url.path.includes("#");
  return { ...url, host: cut(url.host), path: cut(url.path), query: isInPath ? "" : cut(url.query) };
}

function problemAtOnce(text: string): string | undefined {
  const isControl = /\p{Cc}/u.test(text.replaceAll(/[\u0080-\u009f]/g, ""));
  if (isControl) return "net/url: invalid control character in URL";
  if (text === "") return "empty url";
  return text.startsWith(":") ? "missing protocol scheme" : undefined;
}

function parse(text: string): GoUrl | UrlProblem {
  const problem = problemAtOnce(text);
  if (problem !== undefined) return { problem };
  const [start = "", scheme = ""] = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text) ?? [];
  const behind = text.slice(start.length);
  const mark = behind.indexOf("?");
  const rest = mark < 0 ? behind : behind.slice(0, mark);
  const url = {
    text,
    scheme: scheme.toLowerCase(),
    host: "",
    path: "",
    query: mark < 0 ? "" : behind.slice(mark + 1),
  };
  if (text === "*") return { ...url, path: "*" };
  if (!rest.startsWith("/")) return scheme === "" ? { problem: "invalid URI for request" } : url;
  if (scheme === "" || !rest.startsWith("//")) return withPath(url, rest);
  const [authority = ""] = rest.slice(2).split("/", 1);
  const host = hostOf(authority);
  return typeof host === "object" ? host : withPath({ ...url, host }, rest.slice(2 + authority.length));
}

function withPath(url: GoUrl, path: string): GoUrl | UrlProblem {
  const bad = BAD_ESCAPE.exec(path)?.[0];
  return bad === undefined ? { ...url, path } : { problem: `invalid URL escape ${quote(bad)}` };
}

function hostOf(authority: string): string | UrlProblem {
  const at = authority.lastIndexOf("@");
  const host = authority.slice(at + 1);
  if (at >= 0 && !USER.test(authority.slice(0, at))) return { problem: "net/url: invalid userinfo" };
  const bracket = host.lastIndexOf("]");
  if (host.startsWith("[") && bracket < 0) return { problem: "missing ']' in host" };
  const port = host.startsWith("[") ? host.slice(bracket + 1) : (/:[^:]*$/.exec(host)?.[0] ?? "");
  if (!/^(?::[0-9]*)?$/.test(port)) return { problem: `invalid port ${quote(port)} after host` };
  const isAmbiguous = !host.startsWith("[") && host.indexOf(":") !== host.lastIndexOf(":");
  if (isAmbiguous) return { problem: `invalid port ${quote(host.slice(host.indexOf(":")))} after host` };
  const escape = /%(?!25)[0-7][0-9a-fA-F]|%(?![0-9a-fA-F]{2})[^]{0,2}/.exec(host)?.[0];
  if (escape !== undefined) return { problem: `invalid URL escape ${quote(escape)}` };
  const bad = HOST.exec(host)?.[0];
  return bad === undefined ? host : { problem: `invalid character ${quote(bad)} in host name` };
}

/** Without the port and the brackets of IPv6. */
export function hostnameOf({ host }: GoUrl): string {
  return host.replace(/:[0-9]*$/, "").replace(/^\[(.*)\]$/, "$1");
}

export function portOf({ host }: GoUrl): string {
  return /:([0-9]*)$/.exec(host)?.[1] ?? "";
}

/** The path as it is written, or escaped where it must be. */
export function escapedPathOf({ path }: GoUrl): string {
  const needsEscape = /[^A-Za-z0-9\-._~!$&'()*+,;=:@[\]/%]/u;
  return needsEscape.test(path)
    ? decode(path).replace(/[^A-Za-z0-9\-._~$&+,/:;=@]/gu, (each) => percent(each))
    : path;
}

/** The values of each name in the query; what cannot be read is left out. */
export function queryOf({ query }: GoUrl): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const pair of query.split("&")) {
    if (pair === "" || pair.includes(";") || BAD_ESCAPE.test(pair)) continue;
    const [name = "", ...rest] = pair.split("=");
    const [key, value] = [name, rest.join("=")].map((each) => decode(each.replaceAll("+", " ")));
    if (key === undefined || value === undefined) continue;
    found.set(key, [...(found.get(key) ?? []), value]);
  }
  return found;
}

function decode(text: string): string {
  const bytes = text.replace(/(?:%[0-9a-fA-F]{2})+/g, (each) =>
    Buffer.from(each.replaceAll("%", ""), "hex").toString(),
  );
  return bytes;
}

function percent(character: string): string {
  return [...Buffer.from(character)]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`)
    .join("");
}
