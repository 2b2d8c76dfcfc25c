import { systemClock } from "#base/clock.ts";
import { StartupError } from "#base/startup-error.ts";
import { ConnectionError } from "#client/connection-error.ts";
import { failureOf } from "#client/decode-response.ts";
import { Http2Connection } from "#client/http2-connection.ts";
import { type ClusterAccess, KubeconfigError, loadKubeconfig } from "#client/kubeconfig.ts";

/** Where a server writes the kubeconfig of its administrator when nothing else is said. */
export const ADMIN_KUBECONFIG = "/etc/kubelith/kubelith.yaml";

/**
 * Asks a running server for a document of its own, with what a kubeconfig file says; `posted` is sent as JSON.
 * Rejects with a StartupError that says why there is none.
 */
export async function askServer(kubeconfig: string, path: string, posted?: object): Promise<unknown> {
  const { server, credentials } = await readAccess(kubeconfig);
  using connection = new Http2Connection(server, await credentials.certificate?.(), systemClock);
  const method = posted === undefined ? "GET" : "POST";
  const token = await credentials.token?.();
  const headers = {
    ":method": method,
    ":path": path,
    accept: "application/json",
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  try {
    const { status, body } = await connection.request(headers, posted && JSON.stringify(posted), undefined);
    const text = await textOf(body);
    if (status < 300) return JSON.parse(text) as unknown;
    throw new StartupError(`The server refuses: ${failureOf(status, method, text).message}`);
  } catch (cause) {
    if (!(cause instanceof ConnectionError)) throw cause;
    throw new StartupError(`Cannot reach the server at ${server.url}: ${cause.message}`, { cause });
  }
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
