/** How the API server reaches a webhook (apiserver `pkg/util/webhook/validation.go`). */
import { type FieldError, invalid, required } from "#apimachinery/field-error.ts";
import { checkDNS1123Subdomain, checkPortNumber } from "#apimachinery/formats.ts";
import { requireText } from "./checks.ts";
import { collectErrors, type FieldErrors } from "./collect-errors.ts";
import { urlParts, urlProblem } from "./url-parts.ts";

export interface WebhookService {
  readonly name: string;
  readonly namespace: string;
  readonly path?: string;
  readonly port?: number;
}

const FORM = "; desired format: https://host[/path]";

export function validateWebhookUrl(url: string, path: string): FieldErrors {
  const problem = urlProblem(url);
  if (problem !== undefined) return [required(path, `url must be a valid URL: ${problem}${FORM}`)];
  const { scheme, user, host, query, fragment } = urlParts(url);
  return collectErrors(
    scheme !== "https" && invalid(path, scheme, `'https' is the only allowed URL scheme${FORM}`),
    host === "" && invalid(path, host, `host must be specified${FORM}`),
    user !== undefined && invalid(path, user, "user information is not permitted in the URL"),
    fragment !== "" && invalid(path, fragment, "fragments are not permitted in the URL"),
    query !== "" && invalid(path, query, "query parameters are not permitted in the URL"),
  );
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
