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
  /** The size of the database when it was opened and whenever its write-ahead log, of about 2 MB, was written back. */
  resized(databaseBytes: number): void;
}

const nothing = (): void => undefined;

/** For stores that nobody observes. */
export const NO_METRICS: StoreMetrics = { committed: nothing, commitFailed: nothing, resized: nothing };
