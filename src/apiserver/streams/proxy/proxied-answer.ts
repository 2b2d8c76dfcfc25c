import { quote } from "#apimachinery/go-text.ts";
import { internalError } from "#apimachinery/status-error.ts";
import { Answer, type TrailedContent } from "#https/answer.ts";
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
      return new Answer(
        code,
        { ...fields, location: rewriteUrl(location, page) },
        trailed(content, response),
      );
    response.cancel();
    throw internalError(`error trying to parse Location header: parse ${quote(location)}: ${problem}`);
  }
  const [type = ""] = first(fields["content-type"]).split(";", 1);
  if (type.trim() !== "text/html") return new Answer(code, fields, trailed(content, response));
  const { "content-length": _length, ...others } = fields;
  const led = rewriteLinks(content, first(fields["content-encoding"]), page);
  return new Answer(code, others, trailed(led, response));
}

function trailed(content: AsyncIterable<Uint8Array>, response: BackendResponse): TrailedContent {
  return {
    [Symbol.asyncIterator]: () => content[Symbol.asyncIterator](),
    trailers: () => answeredHeaders(response.trailers()),
  };
}

function first(value: string | readonly string[] | undefined): string {
  return (typeof value === "string" ? value : value?.[0]) ?? "";
}
