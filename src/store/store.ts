/**
 * One key at one revision. Two reads of one revision return the same frozen entry, so it can key a WeakMap of
 * decoded objects; only entries that were replaced long ago, and come back from the disk, are made anew. `value` is
 * never changed and does not contain the revision, which is known only when the write has been ordered.
 */
export interface Entry {
  readonly key: string;
  readonly value: Uint8Array;
  /** Revision of the write that created the key. */
  readonly createRevision: number;
  /** Revision of the write that produced this value: the object's resourceVersion. */
  readonly revision: number;
}

/** One committed change. */
export type StoreEvent =
  | { readonly type: "put"; readonly entry: Entry; readonly previous: Entry | undefined }
  | { readonly type: "delete"; readonly key: string; readonly revision: number; readonly previous: Entry };

export interface WriteOptions {
  /**
   * True for heartbeats: the write is visible and answered at once but may reach the disk later (with the
   * next durable write, or after ten minutes), so a crash can take it back; who saw it is told so by `compacted`. Watches
   * that catch up from the disk may get only the newest of several. Never set for anything else.
   */
  readonly lazy?: boolean;
}

export interface ListOptions {
  /** Only keys greater than this one. */
  readonly after?: string;
  /** At most this many entries. */
  readonly limit?: number;
}

export interface Listing {
  readonly entries: readonly Entry[];
  /** Keys under the prefix behind the last entry. */
  readonly remaining: number;
  /** The revision at which the listing is true. */
  readonly revision: number;
}

export interface WatchStoreOptions {
  /** The first event is that of the revision after this one. */
  readonly afterRevision: number;
  readonly signal: AbortSignal;
}

/** Changes in batches, for one reader. */
export interface StoreWatch extends AsyncIterable<readonly StoreEvent[]> {
  /** Whether everything that was there when the watch began has been read; what is still to come is new. */
  readonly isCaughtUp: boolean;
}

/**
 * A key-value store with one global, ever-increasing revision, in the image of etcd as Kubernetes uses it.
 *
 * Reads are synchronous, from memory, and see every acknowledged write. A write resolves after it is durable;
 * writes of one key apply in the order of the calls. Failures are `StoreError`s.
 */
export interface Store extends AsyncDisposable {
  /** The newest committed revision. */
  readonly revision: number;
  /** The oldest revision that `listAt` and `watch` still know. */
  readonly compactedRevision: number;
  /** Resolves when reads reflect every write that any server had acknowledged before the call. */
  sync(signal?: AbortSignal): Promise<void>;
  get(key: string): Entry | undefined;
  /** Entries whose key starts with `prefix`, in order of key. */
  list(prefix: string, options?: ListOptions): Listing;
  count(prefix: string): number;
  /** As `list`, at an older revision. Rejects with `compacted` or `futureRevision`. */
  listAt(prefix: string, revision: number, options?: ListOptions): Promise<Listing>;
  /** Rejects with `keyExists`, carrying the present entry. */
  create(key: string, value: Uint8Array, options?: WriteOptions): Promise<Entry>;
  /** Rejects with `conflict` unless the key is at `expectedRevision`, carrying the present entry if there is one. */
  update(key: string, expectedRevision: number, value: Uint8Array, options?: WriteOptions): Promise<Entry>;
  /** Rejects as `update` does. Resolves with the entry that was removed and the revision of its removal. */
  delete(
    key: string,
    expectedRevision: number,
  ): Promise<{ readonly previous: Entry; readonly revision: number }>;
  /**
   * Changes under `prefix`, in batches in order of revision, until the signal aborts. Throws `compacted` when
   * the start is too old, and `slowWatcher` when the reader falls too far behind; never drops an event in silence.
   */
  watch(prefix: string, options: WatchStoreOptions): StoreWatch;
  /** Forgets history up to and including `revision`, except the newest value of every key. */
  compact(revision: number): Promise<void>;
}
