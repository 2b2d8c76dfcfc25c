import { systemClock } from "#base/clock.ts";
import { StartupError } from "#base/startup-error.ts";
import { ConnectionError } from "#client/connection-error.ts";
import { failureOf } from "#client/decode-response.ts";
import { Http2Connection } from "#client/http2-connection.ts";
import { type ClusterAccess, KubeconfigError, loadKubeconfig } from "#client/kubeconfig.ts";

/** Where a server writes the kubeconfig of its administrator when nothing else is said. */
export const ADMIN_KUBECONFIG = "/etc/kubelith/kubelith.yaml";

/** One request, with what a kubeconfig file says. */
export interface ServerRequest {
  readonly path: string;
  /** Sent as JSON, with POST. */
  readonly posted?: object | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** Shows no credentials. */
  readonly anonymous?: boolean;
}

export interface ServerAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * Asks a running server for a document of its own, with what a kubeconfig file says; `posted` is sent as JSON.
 * Rejects with a StartupError that says why there is none.
 */
export async function askServer(kubeconfig: string, path: string, posted?: object): Promise<unknown> {
  const { status, text } = await requestServer(kubeconfig, { path, posted });
  if (status < 300) return JSON.parse(text) as unknown;
  const method = methodOf(posted);
  throw new StartupError(`The server refuses: ${failureOf(status, method, text).message}`);
}

/** Gives whatever a running server answers. Rejects with a StartupError that says why there is no answer. */
export async function requestServer(
  kubeconfig: string,
  { path, posted, headers = {}, anonymous = false }: ServerRequest,
): Promise<ServerAnswer> {
  const { server, credentials } = await readAccess(kubeconfig);
  const certificate = anonymous ? undefined : await credentials.certificate?.();
  const token = anonymous ? undefined : await credentials.token?.();
  using connection = new Http2Connection(server, certificate, systemClock);
  const sent = {
    ":method": methodOf(posted),
    ":path": path,
    accept: "application/json",
    ...(posted && { "content-type": "application/json" }),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...headers,
  };
  try {
    const { status, body } = await connection.request(sent, posted && JSON.stringify(posted), undefined);
    return { status, text: await textOf(body) };
  } catch (cause) {
    if (!(cause instanceof ConnectionError)) throw cause;
    throw new StartupError(`Cannot reach the server at ${server.url}: ${cause.message}`, { cause });
  }
}

/** Where a kubeconfig file leads. Rejects with a StartupError. */
export async function serverUrlIn(kubeconfig: string): Promise<string> {
  return (await readAccess(kubeconfig)).server.url;
}

function methodOf(posted: object | undefined): "GET" | "POST" {
  return posted === undefined ? "GET" : "POST";
}

async function readAccess(kubeconfig: string): Promise<ClusterAccess> {
  try {
    return await loadKubeconfig(kubeconfig, { clock: systemClock });
  } catch (cause) {
    if (!(cause instanceof KubeconfigError)) throw cause;
    throw new StartupError(cause.message, { cause });
  }
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts).toString();
}
