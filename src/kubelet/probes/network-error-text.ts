/** Errors of Node's sockets in the words of Go's net package, which events have always had. */
const TEXTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused",
  ECONNRESET: "read: connection reset by peer",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
  ETIMEDOUT: "i/o timeout",
  EPIPE: "write: broken pipe",
  ENOTFOUND: "no such host",
};

export function networkErrorText(error: unknown): string {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return TEXTS[code] ?? message;
}

/** `10.42.0.5:80`, `[fd00::5]:80`. */
export function joinHostPort(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${String(port)}`;
}
