/** What a name or an address with its port is made of (x/net `httpguts.ValidHostHeader`). */
const HOST = /^[A-Za-z0-9!$%&'()*+,\-.:;=@[\]_~]*$/;

export interface RequestHead {
  readonly httpVersion: string;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
}

/**
 * What Go's server has against a request whose host is not clear: it could have been routed by another one. Over HTTP/2 the
 * protocol sees to that.
 */
export function hostProblem(request: RequestHead): string | undefined {
  const { httpVersion, rawHeaders } = request;
  if (httpVersion === "0.9") return "malformed HTTP request";
  if (!httpVersion.startsWith("1.")) return undefined;
  const [host, ...others] = rawHeaders.filter(
    (_, index) => rawHeaders[index - 1]?.toLowerCase() === "host" && index % 2 === 1,
  );
  if (others.length > 0) return "too many Host headers";
  if (host === undefined) return httpVersion === "1.0" ? undefined : "missing required Host header";
  return HOST.test(host) ? undefined : "malformed Host header";
}
