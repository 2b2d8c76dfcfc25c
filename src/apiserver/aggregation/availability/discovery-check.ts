import { quote } from "#apimachinery/go-text.ts";
import type { Clock } from "#base/clock.ts";
import { LinkedAbort } from "#base/linked-abort.ts";
import { type BackendAddress, dialTarget } from "../../backends/dialer.ts";
import { AGGREGATOR } from "../aggregator-user.ts";
import type { RemoteService } from "../remote-services.ts";
import { remoteUserHeaders } from "../remote-user.ts";

/** An extension server must be quick to say what it serves (kube-aggregator `remote_available_controller.go`). */
const TIMEOUT_MS = 5000;

/** How many endpoints are asked at most; one that answers is enough. */
const MAX_ENDPOINTS = 5;

/** Resolves when an endpoint says what it serves; rejects with an Error that tells why none does. */
export async function checkDiscovery(
  remote: RemoteService,
  endpoints: readonly BackendAddress[],
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  using limit = new LinkedAbort(signal);
  using _timer = clock.after(TIMEOUT_MS, () =>
    limit.abort(new Error("context deadline exceeded (Client.Timeout exceeded while awaiting headers)")),
  );
  const checks = endpoints
    .slice(0, MAX_ENDPOINTS)
    .map((address) => checkEndpoint(remote, address, limit.signal));
  try {
    await Promise.any(checks);
  } catch (error) {
    throw error instanceof AggregateError ? error.errors.at(-1) : error;
  }
}

async function checkEndpoint(
  remote: RemoteService,
  address: BackendAddress,
  signal: AbortSignal,
): Promise<void> {
  const path = discoveryPath(remote);
  const url = `https://${dialTarget(address.host, address.port)}${path}`;
  const failing = `failing or missing response from ${url}`;
  const code = await statusOf(remote, address, path, signal).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${failing}: Get ${quote(url)}: ${why}`, { cause });
  });
  if (code < 200 || code > 299) throw new Error(`${failing}: bad status from ${url}: ${String(code)}`);
}

async function statusOf(
  remote: RemoteService,
  address: BackendAddress,
  path: string,
  signal: AbortSignal,
): Promise<number> {
  const headers = { host: remote.host, ...remoteUserHeaders(AGGREGATOR) };
  const request = { method: "GET", path, headers, body: new Uint8Array() };
  const { code, content } = await remote.sendTo(address, request, signal);
  // Read to its end, so that the connection can be used again.
  for await (const _piece of content);
  return code;
}

/** A path that every extension server must serve. */
function discoveryPath({ apiService: { spec } }: RemoteService): string {
  const { group = "", version = "" } = spec;
  return group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
}
