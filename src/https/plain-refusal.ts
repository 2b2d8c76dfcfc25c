import type { ServerResponse } from "node:http";
import type { NodeResponse } from "./node-response.ts";
import type { NodeRequest } from "./peer.ts";

const HEADERS_TOO_LARGE: readonly string[] = ["HPE_HEADER_OVERFLOW"];

/** What Go's server says of a request that is none, before anybody could ask for a format. */
export function plainRefusal(error: Error & { readonly code?: string }): string {
  const status = HEADERS_TOO_LARGE.includes(error.code ?? "")
    ? "431 Request Header Fields Too Large"
    : "400 Bad Request";
  return `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${status}`;
}

/** The same of a request that was read but is not clear; `problem` is undefined where Go says no more. */
export function refuseUnclear(
  request: NodeRequest,
  response: NodeResponse,
  problem: string | undefined,
): void {
  response.statusCode = 400;
  response.setHeader("content-type", "text/plain; charset=utf-8");
  if (!("stream" in request)) response.setHeader("connection", "close");
  (response as ServerResponse).end(`400 Bad Request${problem === undefined ? "" : `: ${problem}`}`);
}
