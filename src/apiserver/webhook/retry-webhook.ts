import { StatusError } from "#apimachinery/status-error.ts";
import { Backoff } from "#base/backoff.ts";
import type { Clock } from "#base/clock.ts";

/** Apiserver `pkg/util/webhook/webhook.go`, with the pause that authorization and authentication begin with. */
const BACKOFF = { initialMs: 500, factor: 1.5, jitter: 0.2, maxMs: Infinity };
const ATTEMPTS = 5;

/** Failures that may be over with the next try. */
const PASSING: readonly string[] = ["InternalError", "Timeout", "TooManyRequests"];

/** Calls a webhook again, ever later, as long as its failure may pass. Rejects as the last call did. */
export async function retryWebhook<T>(
  call: () => Promise<T>,
  dependencies: { readonly clock: Clock; readonly random: () => number },
): Promise<T> {
  const backoff = new Backoff(BACKOFF, dependencies);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (attempt === ATTEMPTS || !mayPass(error)) throw error;
    }
    await dependencies.clock.sleep(backoff.next());
  }
}

function mayPass(error: unknown): boolean {
  if (error instanceof StatusError) {
    const { reason = "", details } = error.status;
    return PASSING.includes(reason) || (details?.retryAfterSeconds ?? 0) > 0;
  }
  return error instanceof Error && error.message.endsWith("connection reset by peer");
}
