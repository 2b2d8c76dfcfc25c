import type { Clock } from "#base/clock.ts";
import type { Logger } from "#observability/logger.ts";
import { AutoCompaction } from "./compaction/auto-compaction.ts";
import { type CompactionPolicy, DEFAULT_COMPACTION } from "./compaction/plan-compaction.ts";
import type { RecoveredState, RevisionLog } from "./revision-log.ts";
import { CommittedState } from "./state/committed-state.ts";
import type { RecentHistoryLimits } from "./state/recent-history.ts";
import type {
  Entry,
  Listing,
  ListOptions,
  Store,
  StoreWatch,
  WatchStoreOptions,
  WriteOptions,
} from "./store.ts";
import { StoreError } from "./store-error.ts";
import { decideCreate, decideDelete, decideUpdate } from "./writes/decide-write.ts";
import { WriteSequencer } from "./writes/write-sequencer.ts";

export interface LocalStoreOptions {
  readonly compaction?: Partial<CompactionPolicy>;
  /** How long a lazy write may wait for a durable one that takes it along to the disk. */
  readonly lazyDelayMs?: number;
  /** How much history is kept in memory besides that on the disk. */
  readonly recent?: Partial<RecentHistoryLimits>;
  /** Events that may wait for one watcher before it is dropped as too slow. */
  readonly maxPendingEvents?: number;
}

export interface LocalStoreDependencies {
  /** What `log` held when it was opened. */
  readonly recovered: RecoveredState;
  /** Owned by the store from now on. */
  readonly log: RevisionLog;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Long, so that a cluster in which nothing happens writes next to nothing. Those who judge by heartbeats count from when
 * they saw one, and so wait for the next one after a crash.
 */
const LAZY_DELAY_MS = 10 * 60_000;

const RECENT: RecentHistoryLimits = { maxEvents: 10_000, maxBytes: 8 * 1024 * 1024 };

const MAX_PENDING_EVENTS = 10_000;

/** A store whose writes are ordered by this process, which is the only one that writes to its log. */
export class LocalStore implements Store {
  readonly #log: RevisionLog;
  readonly #state: CommittedState;
  readonly #writes: WriteSequencer;
  readonly #compaction: AutoCompaction;
  #closing: Promise<void> | undefined;

  constructor(options: LocalStoreOptions, { recovered, log, clock, logger }: LocalStoreDependencies) {
    const { lazyDelayMs = LAZY_DELAY_MS, maxPendingEvents = MAX_PENDING_EVENTS } = options;
    this.#log = log;
    this.#state = new CommittedState(recovered, log, {
      recent: { ...RECENT, ...options.recent },
      maxPendingEvents,
    });
    this.#writes = new WriteSequencer({ state: this.#state, log, clock, logger }, { lazyDelayMs });
    this.#compaction = new AutoCompaction(
      { ...DEFAULT_COMPACTION, ...options.compaction },
      { store: this, clock, logger },
    );
  }

  get revision(): number {
    return this.#state.revision;
  }

  get compactedRevision(): number {
    return this.#state.compactedRevision;
  }

  /** Nobody else writes, so reads are always up to date. */
  sync(): Promise<void> {
    return Promise.resolve();
  }

  get(key: string): Entry | undefined {
    return this.#state.get(key);
  }

  list(prefix: string, options?: ListOptions): Listing {
    return this.#state.list(prefix, options);
  }

  count(prefix: string): number {
    return this.#state.count(prefix);
  }

  listAt(prefix: string, revision: number, options?: ListOptions): Promise<Listing> {
    return this.#state.listAt(prefix, revision, options);
  }

  async create(key: string, value: Uint8Array, { lazy }: WriteOptions = {}): Promise<Entry> {
    const { entry } = await this.#writes.order(key, decideCreate(key, value), lazy);
    return entry;
  }

  async update(
    key: string,
    expectedRevision: number,
    value: Uint8Array,
    { lazy }: WriteOptions = {},
  ): Promise<Entry> {
    const { entry } = await this.#writes.order(key, decideUpdate(key, expectedRevision, value), lazy);
    return entry;
  }

  async delete(
    key: string,
    expectedRevision: number,
  ): Promise<{ readonly previous: Entry; readonly revision: number }> {
    const { previous, revision } = await this.#writes.order(key, decideDelete(key, expectedRevision));
    return { previous, revision };
  }

  watch(prefix: string, options: WatchStoreOptions): StoreWatch {
    return this.#state.watch(prefix, options);
  }

  async compact(revision: number): Promise<void> {
    this.#state.assertPresent(revision);
    if (revision <= this.#state.compactedRevision) return;
    // The log must hold everything that it is about to be the only witness of.
    await this.#writes.flush();
    this.#state.forget(revision);
    await this.#log.compact(revision);
  }

  /**
   * Has the disk keep all values, those of the history too, in the form in which it would keep them if they were
   * written now. Resolves when that is durable. Revisions and watches do not notice.
   */
  async rewriteStale(): Promise<void> {
    await this.#writes.flush();
    await this.#log.rewriteStale(this.#state.revision);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const writes = this.#writes.close();
    await this.#compaction[Symbol.asyncDispose]();
    await writes;
    this.#state.failWatchers(
      new StoreError({ code: "closed" }, "Cannot continue watch: the store is closed"),
    );
    await this.#log[Symbol.asyncDispose]();
  }
}
