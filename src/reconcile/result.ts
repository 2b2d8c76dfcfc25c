import { hasCause, isConflict, isNotFound } from "#apimachinery/status-error.ts";
import { assertNever } from "#base/assert-never.ts";
import type { WorkQueue } from "#base/work-queue.ts";
import type { Logger } from "#observability/logger.ts";
import type { Plan } from "./action.ts";
import type { Applied } from "./apply-plan.ts";
import { UnmetRequirement } from "./writer.ts";

/** How one attempt at a key ended. */
export type Result =
  /** Everything that was planned is done. */
  | { readonly type: "done"; readonly requeueAfterMs?: number | undefined }
  /** The caches turned out to be behind the server, or the time has not come; nothing is wrong. */
  | { readonly type: "stale"; readonly error?: unknown }
  /** The server refused, or could not be reached. */
  | { readonly type: "failed"; readonly error: unknown }
  /** The server refuses for good, and rightly: the namespace is going away. */
  | { readonly type: "refused"; readonly error: unknown }
  /** Observing or planning threw, or the plan is not allowed: a bug. */
  | { readonly type: "crashed"; readonly error: unknown };

/** What an applied plan means for its key. */
export function resultOf({ requeueAfterMs }: Plan, { failure, isStale }: Applied): Result {
  if (failure === undefined) return isStale ? { type: "stale" } : { type: "done", requeueAfterMs };
  const { error } = failure;
  if (error instanceof UnmetRequirement || isConflict(error) || isNotFound(error)) {
    return { type: "stale", error };
  }
  if (hasCause(error, "NamespaceTerminating")) return { type: "refused", error };
  return { type: "failed", error };
}

/** The one place that says what follows from a result: for the queue and for the log. */
export function settle(
  key: string,
  result: Result,
  { queue, logger }: { readonly queue: WorkQueue<string>; readonly logger: Logger },
): void {
  switch (result.type) {
    case "done":
      queue.forget(key);
      if (result.requeueAfterMs !== undefined) queue.addAfter(key, result.requeueAfterMs);
      return;
    case "stale":
      logger.debug("Put off reconciling", { key, error: result.error });
      queue.addRateLimited(key);
      return;
    case "failed":
      logger.warn("Reconciling failed", { key, failures: queue.failures(key), error: result.error });
      queue.addRateLimited(key);
      return;
    case "refused":
      logger.debug("Reconciling was refused", { key, error: result.error });
      queue.forget(key);
      return;
    case "crashed":
      logger.error("Reconciling crashed", { key, failures: queue.failures(key), error: result.error });
      queue.addRateLimited(key);
      return;
    default:
      assertNever(result);
  }
}
