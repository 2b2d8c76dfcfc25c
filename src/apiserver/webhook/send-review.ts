import type { Clock } from "#base/clock.ts";
import { retryDelayMs } from "#client/retry.ts";
import {
  type BackendRequest,
  type BackendResponse,
  type ConnectionSource,
  sendRequest,
} from "../backends/send-request.ts";

/** Sends a request to a webhook, again for as long as the webhook asks for that. */
export async function sendReview(
  source: ConnectionSource,
  request: BackendRequest,
  { clock, until }: { readonly clock: Clock; readonly until: AbortSignal },
): Promise<BackendResponse> {
  for (let retries = 0; ; retries += 1) {
    const response = await sendRequest(source, request, until);
    const attempt = { status: response.code, retryAfter: response.headers["retry-after"] };
    const delayMs = retryDelayMs("POST", retries, attempt);
    if (delayMs === undefined) return response;
    response.cancel();
    await clock.sleep(delayMs, until);
  }
}
