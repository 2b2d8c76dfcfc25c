/** A server as `host:port`, with brackets around an IPv6 address. */
export function serverAddress(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${String(port)}`;
}

/** As of https, which URLs leave out. */
const DEFAULT_PORT = "443";

/** The inverse of `serverAddress`; the port may be missing. */
export function splitAddress(server: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain = "", port = DEFAULT_PORT] =
    /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(server) ?? [];
  return { host: bracketed ?? plain, port: Number(port) };
}
