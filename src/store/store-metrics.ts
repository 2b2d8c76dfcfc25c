/** What a store on a disk reports about itself; the composition root turns it into metrics. */
export interface StoreMetrics {
  /** A commit became durable. The duration is that of the transaction with its fsync. */
  committed(commit: {
    readonly durationMs: number;
    readonly records: number;
    readonly valueBytes: number;
  }): void;
  /** A commit failed with this `StoreError` code, and with it the writes that waited for it. */
  commitFailed(code: string): void;
  /** Sizes after a commit. */
  resized(size: { readonly databaseBytes: number; readonly walBytes: number }): void;
}

const nothing = (): void => undefined;

/** For stores that nobody observes. */
export const NO_METRICS: StoreMetrics = { committed: nothing, commitFailed: nothing, resized: nothing };
