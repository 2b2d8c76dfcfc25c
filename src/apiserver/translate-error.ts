import { internalError, StatusError, serviceUnavailable, timeout } from "#apimachinery/status-error.ts";
import type { Logger } from "#observability/logger.ts";
import { StoreError } from "#store/store-error.ts";

/** What a client is told about a failure. Failures that no client has caused are logged. */
export function translateError(error: unknown, signal: AbortSignal, logger: Logger): StatusError {
  if (error instanceof StatusError) return error;
  if (signal.aborted) return timeout("request did not complete within the allotted timeout");
  if (error instanceof StoreError) return translateStoreError(error);
  logger.error("Failed to answer request", { error });
  return internalError(error instanceof Error ? error.message : String(error), { cause: error });
}

function translateStoreError(error: StoreError): StatusError {
  switch (error.detail.code) {
    case "closed":
      return serviceUnavailable("the server is stopping", { cause: error });
    case "diskFull":
    case "storageFailed":
    case "keyExists":
    case "conflict":
    case "compacted":
    case "futureRevision":
    case "slowWatcher":
    case "inUse":
    case "newerFormat":
    case "undecipherable":
      return internalError(error.message, { cause: error });
  }
}
