/** How the API server reaches a webhook (apiserver `pkg/util/webhook/validation.go`). */
import { type FieldError, invalid, required } from "#apimachinery/field-error.ts";
import { checkDNS1123Subdomain, checkPortNumber } from "#apimachinery/formats.ts";
import { quote } from "#apimachinery/go-text.ts";
import { requireText } from "./checks.ts";
import { collectErrors, type FieldErrors } from "./collect-errors.ts";

export interface WebhookService {
  readonly name: string;
  readonly namespace: string;
  readonly path?: string;
  readonly port?: number;
}

const FORM = "; desired format: https://host[/path]";
/** The parts of a URL (RFC 3986 appendix B): scheme, authority, query and fragment. */
const URL_PARTS = /^(?:([^:/?#]*):)?(?:\/\/([^/?#]*))?[^?#]*(?:\?([^#]*))?(?:#(.*))?$/s;

export function validateWebhookUrl(url: string, path: string): FieldErrors {
  const problem = urlProblem(url);
  if (problem !== undefined) {
    return [required(path, `url must be a valid URL: parse ${quote(url)}: ${problem}${FORM}`)];
  }
  const [, scheme = "", authority = "", query = "", fragment = ""] = URL_PARTS.exec(url) ?? [];
  const at = authority.lastIndexOf("@");
  const host = authority.slice(at + 1);
  return collectErrors(
    scheme.toLowerCase() !== "https" &&
      invalid(path, scheme.toLowerCase(), `'https' is the only allowed URL scheme${FORM}`),
    host === "" && invalid(path, host, `host must be specified${FORM}`),
    at >= 0 && invalid(path, authority.slice(0, at), "user information is not permitted in the URL"),
    fragment !== "" && invalid(path, fragment, "fragments are not permitted in the URL"),
    query !== "" && invalid(path, query, "query parameters are not permitted in the URL"),
  );
}

/** What Go's parser refuses of the URLs that people write. */
function urlProblem(url: string): string | undefined {
  if (hasControlCharacter(url)) return "net/url: invalid control character in URL";
  if (url.startsWith(":")) return "missing protocol scheme";
  const [, , authority = ""] = URL_PARTS.exec(url) ?? [];
  const port = /:([^:\]]*)$/.exec(authority.slice(authority.lastIndexOf("@") + 1))?.[1];
  return port === undefined || /^\d*$/.test(port)
    ? undefined
    : `invalid port ${quote(`:${port}`)} after host`;
}

function hasControlCharacter(text: string): boolean {
  return Array.from(text).some((character) => character < " " || character === "\x7f");
}

export function validateWebhookService(service: WebhookService, path: string): FieldErrors {
  const { name, namespace, path: urlPath, port = 0 } = service;
  const portMessages = checkPortNumber(port);
  return collectErrors(
    // Upstream's callers mix the two up.
    requireText(namespace, `${path}.name`),
    requireText(name, `${path}.namespace`),
    portMessages.length > 0 && invalid(`${path}.port`, port, `port is not valid: ${portMessages.join(", ")}`),
    urlPath !== undefined && validateUrlPath(urlPath, `${path}.path`),
  );
}

function validateUrlPath(text: string, path: string): readonly FieldError[] {
  if (text === "" || text === "/") return [];
  if (text === "//") return [invalid(path, text, "segment[0] may not be empty")];
  const end = text.length > 1 && text.endsWith("/") ? -1 : undefined;
  return collectErrors(
    !text.startsWith("/") && invalid(path, text, "must start with a '/'"),
    text
      .slice(1, end)
      .split("/")
      .flatMap((segment, index) =>
        segmentProblems(segment, `segment[${String(index)}]`).map((problem) => invalid(path, text, problem)),
      ),
  );
}

function segmentProblems(segment: string, name: string): readonly string[] {
  if (segment === "") return [`${name} may not be empty`];
  return checkDNS1123Subdomain(segment).map((message) => `${name}: ${message}`);
}
