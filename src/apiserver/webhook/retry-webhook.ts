import { StatusError } from "#apimachinery/status-error.ts";
import { Backoff } from "#base/backoff.ts";
import type { Clock } from "#base/clock.ts";

export interface RetryOptions {
  /** Before the second call; each later one waits longer. Default: as for authorization and authentication. */
  readonly initialMs?: number;
  /** Whether to call again after this failure; default: after those that may be over with the next call. */
  readonly isPassing?: (error: unknown) => boolean;
  /** How to wait; what it rejects with counts as the outcome. Default: to the end. */
  readonly pause?: (ms: number) => Promise<void>;
}

/** Apiserver `pkg/util/webhook/webhook.go`. */
const GROWTH = { factor: 1.5, jitter: 0.2, maxMs: Number.POSITIVE_INFINITY };
const ATTEMPTS = 5;
const INITIAL_MS = 500;

const PASSING_REASONS: readonly string[] = ["InternalError", "Timeout", "TooManyRequests"];

/** Calls a webhook again, ever later, as long as its failure may pass. Rejects as the last call did. */
export async function retryWebhook<T>(
  call: () => Promise<T>,
  options: RetryOptions,
  dependencies: { readonly clock: Clock; readonly random: () => number },
): Promise<T> {
  const { initialMs = INITIAL_MS, isPassing = mayPass } = options;
  const { pause = (ms) => dependencies.clock.sleep(ms) } = options;
  const backoff = new Backoff({ ...GROWTH, initialMs }, dependencies);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (attempt === ATTEMPTS || !isPassing(error)) throw error;
    }
    await pause(backoff.next());
  }
}

function mayPass(error: unknown): boolean {
  if (error instanceof StatusError) {
    const { reason = "", details } = error.status;
    return PASSING_REASONS.includes(reason) || (details?.retryAfterSeconds ?? 0) > 0;
  }
  return error instanceof Error && error.message.endsWith("connection reset by peer");
}
