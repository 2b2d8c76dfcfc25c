/** What Go says for the errors of the system. */
const DIAL_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
};

/** Why no connection could be made, as Go says it. */
export function dialError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "AbortError" && error.cause instanceof Error) return error.cause.message;
  return "code" in error ? (DIAL_ERRORS[String(error.code)] ?? error.message) : error.message;
}

/** Host and port in one. */
export function dialTarget(host: string, port: number | string): string {
  return `${host.includes(":") ? `[${host}]` : host}:${String(port)}`;
}
