import type { Entry, StoreEvent } from "./store.ts";

/** One change as it is written to the log. */
export interface LogRecord {
  readonly revision: number;
  readonly key: string;
  /** Absent for a deletion. */
  readonly value: Uint8Array | undefined;
  readonly createRevision: number;
  /** Revision of the record of the same key that this one replaces; 0 when it creates the key. */
  readonly previousRevision: number;
}

export interface LogAppend {
  /** In order of revision. */
  readonly records: readonly LogRecord[];
  /**
   * Revisions up to this one may be shown to readers before their records are appended. When such a promise was
   * made and not kept, because of a crash, no revision up to it is ever used again.
   */
  readonly reservedRevision?: number | undefined;
}

export interface LogRange {
  readonly prefix: string;
  readonly afterRevision: number;
  readonly throughRevision: number;
}

/** A leading part of a range of the log. */
export interface LogPage {
  readonly events: readonly StoreEvent[];
  /** The page has all events of the range up to this revision; the next page starts after it. */
  readonly throughRevision: number;
}

/** Revisions that readers may have seen and that a crash took back. */
export interface LostRevisions {
  readonly after: number;
  readonly through: number;
}

/** What a log holds when it is opened. */
export interface RecoveredState {
  /** The newest value of every key, in order of key. */
  readonly entries: readonly Entry[];
  /** The newest revision that may have been used. */
  readonly revision: number;
  readonly compactedRevision: number;
  readonly lost: readonly LostRevisions[];
}

/** Reads events that have left the memory. */
export interface History {
  read(range: LogRange): Promise<LogPage>;
}

/** Where a store that orders its own writes keeps them. Failures are `StoreError`s. */
export interface RevisionLog extends History, AsyncDisposable {
  /** Resolves when all records are durable; after a failure none of them is in the log. One call at a time. */
  append(append: LogAppend): Promise<void>;
  /** Keeps anew what is kept up to `revision` in another form than it would be now; nothing else changes. */
  rewriteStale(revision: number): Promise<void>;
  /**
   * Makes `revision` the compacted one and removes, in steps between which appends may run, what was replaced or
   * deleted up to it.
   */
  compact(revision: number): Promise<void>;
}
