import type { Logger } from "#observability/logger.ts";
import { StoreError } from "#store/store-error.ts";

/** A store that can keep anew what it keeps in a form in which it would not keep it now. */
export interface StaleValues {
  rewriteStale(): Promise<void>;
}

/** True when nothing is kept in an older form any more; when that fails, the next start has to try again. */
export async function writeAnew(store: StaleValues, logger: Logger): Promise<boolean> {
  try {
    await store.rewriteStale();
    logger.info("Wrote anew what was kept under older keys");
    return true;
  } catch (error) {
    const isStopping = error instanceof StoreError && error.detail.code === "closed";
    if (!isStopping) logger.error("Failed to write anew what is kept under older keys", { error });
    return false;
  }
}
