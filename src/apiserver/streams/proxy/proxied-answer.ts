import { quote } from "#apimachinery/go-text.ts";
import { internalError } from "#apimachinery/status-error.ts";
import { Answer } from "#https/answer.ts";
import { answeredHeaders } from "../../backends/proxy-headers.ts";
import type { BackendResponse } from "../../backends/send-request.ts";
import { rewriteLinks } from "./page-links.ts";
import { type ProxiedPage, rewriteUrl, urlProblem } from "./rewrite-url.ts";

/** What a backend has said, with all that leads to the backend itself led through the proxy. */
export function proxiedAnswer(response: BackendResponse, page: ProxiedPage): Answer {
  const { code, rawHeaders, content } = response;
  const fields = answeredHeaders(rawHeaders);
  const location = first(fields["location"]);
  if (location !== "") {
    const problem = urlProblem(location);
    if (problem === undefined)
      return new Answer(code, { ...fields, location: rewriteUrl(location, page) }, content);
    response.cancel();
    throw internalError(`error trying to parse Location header: parse ${quote(location)}: ${problem}`);
  }
  const [type = ""] = first(fields["content-type"]).split(";", 1);
  if (type.trim() !== "text/html") return new Answer(code, fields, content);
  const { "content-length": _length, ...others } = fields;
  return new Answer(code, others, rewriteLinks(content, first(fields["content-encoding"]), page));
}

function first(value: string | readonly string[] | undefined): string {
  return (typeof value === "string" ? value : value?.[0]) ?? "";
}
