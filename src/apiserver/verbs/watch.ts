import type { WatchOptions } from "#apimachinery/request.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import type { Entry, StoreEvent } from "#store/store.ts";
import type { EncodedWatchEvent, PipelineResponse } from "../pipeline.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import type { CollectionQuery } from "../storage/collection.ts";
import { parseRevision, waitForRevision } from "../storage/read-revision.ts";
import { RecentEvents } from "../storage/recent-events.ts";
import { bookmarkEvent, errorEvent, ObjectWatchEvent } from "../storage/watch-event.ts";
import { selectCollection } from "./collection-query.ts";
import { type InitialBatch, initialBatches } from "./initial-batches.ts";
import type { ReadEnvironment } from "./read-environment.ts";
import type { RequestScope } from "./request-scope.ts";
import { type FeedSignal, StoreFeed } from "./store-feed.ts";
import { toLastEvent, toWatchEvents } from "./watch-transition.ts";

/** How often an idle watch tells how far it has come (apiserver `cacher.defaultBookmarkFrequency`). */
const BOOKMARK_EVERY_MS = 60_000;

export interface WatchesOptions {
  /** Watches without a timeout end after one to two times this, so that load spreads anew. */
  readonly minWatchMs: number;
}

export interface WatchDependencies extends ReadEnvironment {
  /** A number from 0 up to but not including 1. */
  readonly random: () => number;
}

interface Watch {
  readonly served: ServedResource;
  readonly query: CollectionQuery;
  readonly options: WatchOptions;
  /** Changes after this revision are news. */
  readonly start: number;
  readonly signal: AbortSignal;
}

type Events = AsyncIterable<readonly EncodedWatchEvent[]>;

/** Answers watch requests. The events of a resource are made once and shared by all who watch it. */
export class Watches {
  readonly #options: WatchesOptions;
  readonly #dependencies: WatchDependencies;
  readonly #recent = new WeakMap<ServedResource, RecentEvents>();

  constructor(options: WatchesOptions, dependencies: WatchDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** Rejects for selectors that make no sense; what goes wrong later arrives as an ERROR event, as upstream does it. */
  async open(scope: RequestScope, options: WatchOptions = {}): Promise<PipelineResponse> {
    const { storage, clock } = this.#dependencies;
    const { store } = storage;
    const { served, context } = scope;
    const query = selectCollection(storage, scope, options);
    const revision = parseRevision(options.resourceVersion);
    const isInitialWanted = options.sendInitialEvents ?? revision === 0;
    try {
      // Without initial events a watch may start at a revision that is yet to come.
      if (isInitialWanted) {
        await waitForRevision({ store, clock }, options.resourceVersion, context.signal);
      }
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      return { type: "watch", events: single(errorEvent(error.status)) };
    }
    const initial = isInitialWanted ? store.list(query.prefix) : undefined;
    await storage.prepare(initial?.entries ?? [], served);
    const start = initial?.revision ?? (revision === 0 ? store.revision : revision);
    const batches = initial === undefined ? [] : this.#initialBatches(initial.entries, query, options);
    const watch = { served, query, options, start, signal: context.signal };
    return { type: "watch", events: this.#events(watch, batches), initialBatches: batches.length };
  }

  async *#events(watch: Watch, initial: readonly InitialBatch[]): Events {
    for (const batch of initial) yield this.#initialEvents(watch, batch);
    const { start } = watch;
    try {
      await using feed = this.#openFeed(watch);
      for (let signal = await feed.next(); signal.type !== "end"; signal = await feed.next()) {
        const batch = await this.#batchOf(signal, watch);
        if (batch.length > 0) yield batch;
      }
    } catch (error) {
      const last = toLastEvent(error, start);
      if (last !== undefined) yield [last];
    }
  }

  #initialBatches(
    entries: readonly Entry[],
    { isSelected }: CollectionQuery,
    { allowWatchBookmarks = false }: WatchOptions,
  ): readonly InitialBatch[] {
    const selected = isSelected === undefined ? entries : entries.filter(isSelected);
    return initialBatches(selected, { isMarked: allowWatchBookmarks });
  }

  #initialEvents(
    { served, start }: Watch,
    { entries, isMarked }: InitialBatch,
  ): readonly EncodedWatchEvent[] {
    const { storage } = this.#dependencies;
    // Not from the recent events, which would keep the bytes of everything that is stored.
    const added = entries.map(
      (entry) => new ObjectWatchEvent(storage, { type: "ADDED", served, entry, revision: entry.revision }),
    );
    return isMarked ? [...added, bookmarkEvent(served, start, { initialEnd: true })] : added;
  }

  #openFeed({ served, query, options, start, signal }: Watch): StoreFeed {
    const { storage, clock, random } = this.#dependencies;
    const { timeoutSeconds = 0, allowWatchBookmarks = false } = options;
    const { minWatchMs } = this.#options;
    const timeoutMs = timeoutSeconds === 0 ? minWatchMs * (1 + random()) : timeoutSeconds * 1000;
    return new StoreFeed(
      (stop) => storage.store.watch(query.prefix, { afterRevision: start, signal: stop }),
      clock,
      {
        timeoutMs,
        until: [signal, served.retired],
        ...(allowWatchBookmarks && { idleEveryMs: BOOKMARK_EVERY_MS }),
      },
    );
  }

  async #batchOf(
    signal: Exclude<FeedSignal, { type: "end" }>,
    { served, query, start }: Watch,
  ): Promise<readonly EncodedWatchEvent[]> {
    const { storage } = this.#dependencies;
    if (signal.type === "idle") {
      const { revision } = storage.store;
      // A watch never goes back behind where it began, nor does it repeat that.
      return revision > start ? [bookmarkEvent(served, revision, { initialEnd: false })] : [];
    }
    const converting = storage.prepare(signal.changes.flatMap(entriesOf), served);
    if (converting !== undefined) await converting;
    return toWatchEvents(signal.changes, this.#recentOf(served), query.isSelected);
  }

  #recentOf(served: ServedResource): RecentEvents {
    const known = this.#recent.get(served);
    if (known !== undefined) return known;
    const recent = new RecentEvents(this.#dependencies.storage, served);
    this.#recent.set(served, recent);
    return recent;
  }
}

/** What events of a change may show: the object as it was, or as it is. */
function entriesOf(change: StoreEvent): readonly Entry[] {
  const now = change.type === "put" ? [change.entry] : [];
  return change.previous === undefined ? now : [change.previous, ...now];
}

async function* single(event: EncodedWatchEvent): Events {
  yield [event];
}
