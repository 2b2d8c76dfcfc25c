import type { ResourceRequest, ResourceResponse } from "#apimachinery/request.ts";
import { StatusError, serviceUnavailable } from "#apimachinery/status-error.ts";
import type { UserInfo } from "#apimachinery/user.ts";
import type { Clock } from "#base/clock.ts";
import { LinkedAbort } from "#base/linked-abort.ts";
import type { Transport } from "#client/client.ts";
import { decodeResponse, decodeWatch, failureOf, parseWarnings } from "#client/decode-response.ts";
import { encodeRequest } from "#client/encode-request.ts";
import { requestAttributes, requireAllowed } from "../authorization/authorize-request.ts";
import type { Authorizer } from "../authorization/authorizer.ts";
import type { BackendResponse } from "../backends/send-request.ts";
import type { RemoteService } from "./remote-services.ts";
import { remoteUserHeaders } from "./remote-user.ts";

/** Who sends requests from within this process. */
export interface InProcessCaller {
  readonly user: UserInfo;
  readonly userAgent: string;
}

export interface RemoteTransportDependencies {
  readonly authorizer: Authorizer;
  readonly clock: Clock;
}

/** As for requests that come over the network. */
const TIMEOUT_MS = 60_000;

/** Sends requests of one caller to an extension server. Everything that goes wrong rejects as a `StatusError`. */
export function remoteTransport(
  remote: RemoteService,
  { user, userAgent }: InProcessCaller,
  { authorizer, clock }: RemoteTransportDependencies,
): Transport {
  return {
    send: async (request, signal) => {
      await requireAllowed(authorizer, requestAttributes(user, request));
      if (!remote.isAvailable) throw failureOf(503, request.operation.verb, "service unavailable");
      const headers = { host: remote.host, "user-agent": userAgent, ...remoteUserHeaders(user) };
      using limit = new LinkedAbort(signal);
      using _timer = clock.after(TIMEOUT_MS, () => limit.abort(new Error("context deadline exceeded")));
      const isWatch = request.operation.verb === "watch";
      const stop = isWatch ? (signal ?? NEVER) : limit.signal;
      try {
        return await answerOf(request, await remote.send(encode(request, headers), stop));
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof StatusError) throw error;
        throw serviceUnavailable(error instanceof Error ? error.message : String(error), { cause: error });
      }
    },
  };
}

const NEVER = new AbortController().signal;

function encode(request: ResourceRequest, headers: Parameters<RemoteService["send"]>[0]["headers"]) {
  const { method, path, contentType, body = "" } = encodeRequest(request);
  const bytes = Buffer.from(body);
  return {
    method,
    path,
    headers: {
      ...headers,
      accept: "application/json",
      ...(contentType !== undefined && {
        "content-type": contentType,
        "content-length": String(bytes.length),
      }),
    },
    body: bytes,
  };
}

async function answerOf(
  { operation: { verb } }: ResourceRequest,
  { code, headers, content }: BackendResponse,
): Promise<ResourceResponse> {
  if (verb === "watch" && code === 200) return { type: "watch", events: decodeWatch(content) };
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(piece);
  const body = Buffer.concat(pieces).toString();
  if (code < 200 || code > 299) throw failureOf(code, verb, body);
  const { warning } = headers;
  return decodeResponse(verb, { status: code, body, warnings: parseWarnings(warning?.toString()) });
}
