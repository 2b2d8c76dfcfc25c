import { StatusError } from "#apimachinery/status-error.ts";
import type { UserInfo } from "#apimachinery/user.ts";
import type { Clock } from "#base/clock.ts";
import { LinkedAbort } from "#base/linked-abort.ts";
import { Answer, textAnswer } from "#https/answer.ts";
import type { Exchange, RequestHeaders } from "#https/exchange.ts";
import { forwardedBody } from "../../backends/forwarded-body.ts";
import { answeredHeaders, forwardedHeaders, forwardedUpgradeHeaders } from "../../backends/proxy-headers.ts";
import type { BackendRequest, BackendResponse } from "../../backends/send-request.ts";
import { answerUpgrade } from "../../streams/upgrade-answer.ts";
import type { RemoteService } from "../remote-services.ts";
import { remoteUserHeaders } from "../remote-user.ts";

/** Clients wait for what is served before they do anything else (apiserver `pkg/util/proxy`). */
const DISCOVERY_TIMEOUT_MS = 5000;

/**
 * Passes a request on to an extension server, an upgrade included, and its answer back as it comes (kube-aggregator
 * `handler_proxy.go`).
 */
export async function proxyRequest(
  remote: RemoteService,
  exchange: Exchange,
  user: UserInfo,
  { clock }: { readonly clock: Clock },
): Promise<Answer> {
  if (!remote.isAvailable) return failure("service unavailable");
  const request = requestOf(remote, exchange, user);
  try {
    if (exchange.upgrade !== undefined) {
      const backend = await remote.connect(exchange.signal);
      return await answerUpgrade(exchange.upgrade, backend, request, exchange.signal);
    }
    return isDiscovery(exchange)
      ? await quickly(remote, request, exchange.signal, clock)
      : answerOf(await remote.send(request, exchange.signal));
  } catch (error) {
    exchange.signal.throwIfAborted();
    return failure(reasonOf(error, exchange));
  }
}

/** `/apis/<group>/<version>` */
function isDiscovery({ path }: Exchange): boolean {
  return path.replace(/^\/|\/$/g, "").split("/").length === 3;
}

/** Sends a request whose whole answer must come soon. */
async function quickly(
  remote: RemoteService,
  request: BackendRequest,
  signal: AbortSignal,
  clock: Clock,
): Promise<Answer> {
  using limit = new LinkedAbort(signal);
  using _timer = clock.after(DISCOVERY_TIMEOUT_MS, () => limit.abort(new Error("context deadline exceeded")));
  const response = await remote.send(request, limit.signal);
  const pieces: Uint8Array[] = [];
  for await (const piece of response.content) pieces.push(piece);
  return answerOf({ ...response, content: arrayStream(pieces) });
}

async function* arrayStream(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

function requestOf(remote: RemoteService, exchange: Exchange, user: UserInfo): BackendRequest {
  const { method, upgrade, peer, requestId } = exchange;
  const asked = { headers: exchange.headers, clientAddress: peer.address, host: remote.host };
  const forwarded =
    upgrade === undefined ? forwardedHeaders(asked, exchange.path) : forwardedUpgradeHeaders(asked);
  const headers: RequestHeaders = {
    ...forwarded,
    ...remoteUserHeaders(user),
    "x-forwarded-host": remote.host,
    "x-forwarded-proto": "https",
    "audit-id": requestId,
  };
  const { body, framing } = forwardedBody(exchange);
  return { method, path: pathOf(exchange), headers: { ...headers, ...framing }, body };
}

/** Of a path only what it means is sent: that is what has been authorized, however it was written. */
function pathOf({ path, url }: Exchange): string {
  const mark = url.indexOf("?");
  return path.replace(UNSAFE, encodeURIComponent) + (mark < 0 ? "" : url.slice(mark));
}

/** What a path cannot have as it is (RFC 3986 section 3.3). */
const UNSAFE = /[^\w\-.~/:@!$&'()*+,;=]/gu;

function answerOf(response: BackendResponse): Answer {
  const { code, headers, rawHeaders, content } = response;
  if (code >= 300 && code <= 399 && headers.location !== undefined) {
    // Another place would be asked in the client's name (CVE-2022-3172).
    response.cancel();
    const refusal = "the backend attempted to redirect this request, which is not permitted";
    return new Answer(502, {}, Buffer.from(refusal));
  }
  return new Answer(code, answeredHeaders(rawHeaders), content);
}

function reasonOf(error: unknown, { upgrade }: Exchange): string {
  // The Service leads nowhere.
  if (error instanceof StatusError && error.status.code === 503) return "service unavailable";
  const message = error instanceof Error ? error.message : String(error);
  return upgrade === undefined ? `error trying to reach service: ${message}` : message;
}

/** Not a Status: clients of Kubernetes make one of it. */
function failure(text: string): Answer {
  return textAnswer(503, `${text}\n`, { "x-content-type-options": "nosniff" });
}
