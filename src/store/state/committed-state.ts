import type { History, RecoveredState } from "../revision-log.ts";
import type { Entry, Listing, ListOptions, StoreEvent, StoreWatch, WatchStoreOptions } from "../store.ts";
import { StoreError } from "../store-error.ts";
import { revisionOf } from "../store-event.ts";
import { WatchHub } from "../watch/watch-hub.ts";
import { type OlderPages, Watcher } from "../watch/watcher.ts";
import { MemoryView } from "./memory-view.ts";
import { ReadableHistory } from "./readable-history.ts";
import type { RecentHistoryLimits } from "./recent-history.ts";
import { rewind } from "./rewind.ts";

export interface CommittedStateOptions {
  /** How much history is kept in memory. */
  readonly recent: RecentHistoryLimits;
  /** Events that may wait for one watcher that reads slowly. */
  readonly maxPendingEvents: number;
}

/**
 * Everything that readers see: the current state, its history and the watches. It is fed with committed events in
 * order and does not know where they come from: this process's own log, or another server's.
 */
export class CommittedState {
  readonly #view: MemoryView;
  readonly #history: ReadableHistory;
  readonly #hub = new WatchHub();
  readonly #maxPendingEvents: number;
  #revision: number;

  constructor(recovered: RecoveredState, log: History, { recent, maxPendingEvents }: CommittedStateOptions) {
    this.#view = new MemoryView(recovered.entries);
    this.#history = new ReadableHistory(recovered, log, recent);
    this.#maxPendingEvents = maxPendingEvents;
    this.#revision = recovered.revision;
  }

  get revision(): number {
    return this.#revision;
  }

  get compactedRevision(): number {
    return this.#history.compactedRevision;
  }

  get(key: string): Entry | undefined {
    return this.#view.get(key);
  }

  list(prefix: string, options?: ListOptions): Listing {
    return { ...this.#view.list(prefix, options), revision: this.#revision };
  }

  count(prefix: string): number {
    return this.#view.count(prefix);
  }

  async listAt(prefix: string, revision: number, options?: ListOptions): Promise<Listing> {
    this.assertPresent(revision);
    this.#history.assertKnown(revision);
    const later: StoreEvent[] = [];
    let afterRevision = revision;
    while (afterRevision < this.#history.memoryStart) {
      const throughRevision = this.#history.memoryStart;
      const page = await this.#history.page({ prefix, afterRevision, throughRevision });
      // What the page's events replaced is known only while `revision` itself is.
      this.#history.assertKnown(revision);
      later.push(...this.#shared(page.events));
      afterRevision = page.throughRevision;
    }
    // Nothing is awaited from here on: the recent events and the view must be of one moment.
    later.push(...this.#history.inMemory({ prefix, afterRevision, throughRevision: this.#revision }));
    return { ...rewind(this.#view, prefix, later, options), revision };
  }

  watch(prefix: string, { afterRevision, signal }: WatchStoreOptions): StoreWatch {
    const close = (): void => watcher.close();
    const watcher = new Watcher({
      afterRevision,
      maxPendingEvents: this.#maxPendingEvents,
      older: this.#olderPages(prefix, afterRevision),
      onClose: () => {
        signal.removeEventListener("abort", close);
        this.#hub.remove(prefix, watcher);
      },
    });
    this.#hub.add(prefix, watcher);
    signal.addEventListener("abort", close, { once: true });
    const unknown = this.#history.unknown(afterRevision);
    if (signal.aborted) watcher.close();
    else if (unknown !== undefined) watcher.fail(unknown);
    return watcher;
  }

  /** Makes committed events visible. All events up to `loggedRevision` can be read from the log. */
  apply(events: readonly StoreEvent[], loggedRevision: number): void {
    for (const event of events) {
      this.#view.apply(event);
      this.#revision = revisionOf(event);
    }
    this.#history.append(events, loggedRevision);
    this.#hub.publish(events);
  }

  /** Throws `futureRevision` when the revision does not exist yet. */
  assertPresent(revision: number): void {
    if (revision <= this.#revision) return;
    throw new StoreError(
      { code: "futureRevision", revision },
      `Cannot use revision ${String(revision)}: the newest is ${String(this.#revision)}`,
    );
  }

  /** Makes history up to and including `revision` unreadable, except the newest value of every key. */
  forget(revision: number): void {
    this.#history.forget(revision);
  }

  /** Ends every watch with an error. */
  failWatchers(error: Error): void {
    this.#hub.failAll(error);
  }

  /** Events that were read back name the entries of the view where those are still the present ones. */
  #shared(events: readonly StoreEvent[]): readonly StoreEvent[] {
    return events.map((event) => {
      const entry = event.type === "put" ? this.#view.get(event.entry.key) : undefined;
      return event.type === "put" && entry?.revision === event.entry.revision ? { ...event, entry } : event;
    });
  }

  /** What a watch reads before the live events; undefined when that is nothing. */
  #olderPages(prefix: string, start: number): OlderPages | undefined {
    const throughRevision = this.#revision;
    let afterRevision = start;
    if (start >= throughRevision) return undefined;
    return async () => {
      while (afterRevision < throughRevision) {
        const page = await this.#history.page({ prefix, afterRevision, throughRevision });
        afterRevision = page.throughRevision;
        if (page.events.length > 0) return this.#shared(page.events);
      }
      return undefined;
    };
  }
}
