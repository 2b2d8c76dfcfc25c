import type { WatchOptions } from "#apimachinery/request.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import type { Clock } from "#base/clock.ts";
import type { EncodedWatchEvent, PipelineResponse } from "../pipeline.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import type { CollectionQuery } from "../storage/collection.ts";
import type { ObjectStorage } from "../storage/object-storage.ts";
import { parseRevision, waitForRevision } from "../storage/read-revision.ts";
import { RecentEvents } from "../storage/recent-events.ts";
import { bookmarkEvent, errorEvent, ObjectWatchEvent } from "../storage/watch-event.ts";
import { selectCollection } from "./collection-query.ts";
import type { RequestScope } from "./request-scope.ts";
import { type FeedSignal, StoreFeed } from "./store-feed.ts";
import { toLastEvent, toWatchEvents } from "./watch-transition.ts";

/** How often an idle watch tells how far it has come (apiserver `cacher.defaultBookmarkFrequency`). */
const BOOKMARK_EVERY_MS = 60_000;

/** Watches without a timeout end after one to two times this (`--min-request-timeout`), so that load spreads anew. */
const MIN_TIMEOUT_MS = 1_800_000;

export interface WatchDependencies {
  readonly storage: ObjectStorage;
  readonly clock: Clock;
  /** A number from 0 up to but not including 1. */
  readonly random: () => number;
}

interface Watch {
  readonly served: ServedResource;
  readonly query: CollectionQuery;
  readonly options: WatchOptions;
  /** Whether the objects that are there already come first, as additions. */
  readonly isInitialWanted: boolean;
  readonly signal: AbortSignal;
}

type Events = AsyncIterable<readonly EncodedWatchEvent[]>;

/** Answers watch requests. The events of a resource are made once and shared by all who watch it. */
export class Watches {
  readonly #dependencies: WatchDependencies;
  readonly #recent = new WeakMap<ServedResource, RecentEvents>();

  constructor(dependencies: WatchDependencies) {
    this.#dependencies = dependencies;
  }

  /** Rejects for selectors that make no sense; what goes wrong later arrives as an ERROR event, as upstream does it. */
  async open(scope: RequestScope, options: WatchOptions = {}): Promise<PipelineResponse> {
    const { storage } = this.#dependencies;
    const { served, context } = scope;
    const query = selectCollection(storage, scope, options);
    const revision = parseRevision(options.resourceVersion);
    const isInitialWanted = options.sendInitialEvents ?? revision === 0;
    try {
      // Without initial events a watch may start at a revision that is yet to come.
      if (isInitialWanted) {
        await waitForRevision(storage.store, options.resourceVersion, context.signal);
      }
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      return { type: "watch", events: single(errorEvent(error.status)) };
    }
    const watch = { served, query, options, isInitialWanted, signal: context.signal };
    return { type: "watch", events: this.#events(watch, revision === 0 ? storage.store.revision : revision) };
  }

  async *#events(watch: Watch, start: number): Events {
    let revision = start;
    if (watch.isInitialWanted) {
      const initial = this.#initialEvents(watch);
      revision = initial.revision;
      if (initial.events.length > 0) yield initial.events;
    }
    try {
      await using feed = this.#openFeed(watch, revision);
      for (let signal = await feed.next(); signal.type !== "end"; signal = await feed.next()) {
        const batch = this.#batchOf(signal, watch);
        if (batch.length > 0) yield batch;
      }
    } catch (error) {
      const last = toLastEvent(error, revision);
      if (last !== undefined) yield [last];
    }
  }

  /** The present state as additions, closed by a bookmark for those who want bookmarks (KEP-3157). */
  #initialEvents({ served, query, options }: Watch): {
    readonly events: readonly EncodedWatchEvent[];
    readonly revision: number;
  } {
    const { storage } = this.#dependencies;
    const { entries, revision } = storage.store.list(query.prefix);
    const selected = query.isSelected === undefined ? entries : entries.filter(query.isSelected);
    // Not from the recent events, which would keep the bytes of everything that is stored.
    const added = selected.map(
      (entry) => new ObjectWatchEvent(storage, { type: "ADDED", served, entry, revision: entry.revision }),
    );
    const events: EncodedWatchEvent[] =
      options.allowWatchBookmarks === true
        ? [...added, bookmarkEvent(served, revision, { initialEnd: true })]
        : added;
    return { events, revision };
  }

  #openFeed({ served, query, options, signal }: Watch, afterRevision: number): StoreFeed {
    const { storage, clock, random } = this.#dependencies;
    const { timeoutSeconds = 0, allowWatchBookmarks = false } = options;
    const timeoutMs = timeoutSeconds > 0 ? timeoutSeconds * 1000 : MIN_TIMEOUT_MS * (1 + random());
    return new StoreFeed(
      (stop) => storage.store.watch(query.prefix, { afterRevision, signal: stop }),
      clock,
      {
        timeoutMs,
        until: [signal, served.retired],
        ...(allowWatchBookmarks && { idleEveryMs: BOOKMARK_EVERY_MS }),
      },
    );
  }

  #batchOf(
    signal: Exclude<FeedSignal, { type: "end" }>,
    { served, query }: Watch,
  ): readonly EncodedWatchEvent[] {
    const { store } = this.#dependencies.storage;
    return signal.type === "idle"
      ? [bookmarkEvent(served, store.revision, { initialEnd: false })]
      : toWatchEvents(signal.changes, this.#recentOf(served), query.isSelected);
  }

  #recentOf(served: ServedResource): RecentEvents {
    const known = this.#recent.get(served);
    if (known !== undefined) return known;
    const recent = new RecentEvents(this.#dependencies.storage, served);
    this.#recent.set(served, recent);
    return recent;
  }
}

async function* single(event: EncodedWatchEvent): Events {
  yield [event];
}
