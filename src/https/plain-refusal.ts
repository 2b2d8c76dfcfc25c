const HEADERS_TOO_LARGE: readonly string[] = ["HPE_HEADER_OVERFLOW"];

/** What Go's server says of a request that is none, before anybody could ask for a format. */
export function plainRefusal(error: Error & { readonly code?: string }): string {
  const status = HEADERS_TOO_LARGE.includes(error.code ?? "")
    ? "431 Request Header Fields Too Large"
    : "400 Bad Request";
  return `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${status}`;
}
