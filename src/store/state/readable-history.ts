import type { History, LogPage, LogRange, LostRevisions, RecoveredState } from "../revision-log.ts";
import type { StoreEvent } from "../store.ts";
import { StoreError } from "../store-error.ts";
import { keyOf, revisionOf } from "../store-event.ts";
import { RecentHistory, type RecentHistoryLimits } from "./recent-history.ts";

/** All events that can still be read: the recent ones from memory, older ones from the log behind it. */
export class ReadableHistory {
  readonly #recent: RecentHistory;
  readonly #log: History;
  readonly #lost: readonly LostRevisions[];
  #compactedRevision: number;

  constructor(recovered: RecoveredState, log: History, limits: RecentHistoryLimits) {
    this.#recent = new RecentHistory(recovered.revision, limits);
    this.#log = log;
    this.#lost = recovered.lost;
    this.#compactedRevision = recovered.compactedRevision;
  }

  get compactedRevision(): number {
    return this.#compactedRevision;
  }

  /** `inMemory` answers for revisions from this one on. */
  get memoryStart(): number {
    return this.#recent.start;
  }

  /** All events up to `loggedRevision` can be read from the log. */
  append(events: readonly StoreEvent[], loggedRevision: number): void {
    for (const event of events) this.#recent.append(event);
    this.#recent.trim(loggedRevision);
  }

  /** Makes history up to and including `revision` unreadable. */
  forget(revision: number): void {
    this.#compactedRevision = Math.max(this.#compactedRevision, revision);
    this.#recent.forget(revision);
  }

  /** The events after `afterRevision`, which must not be before `memoryStart`. */
  inMemory({ prefix, afterRevision, throughRevision }: LogRange): readonly StoreEvent[] {
    return this.#recent
      .after(afterRevision)
      .filter((event) => keyOf(event).startsWith(prefix) && revisionOf(event) <= throughRevision);
  }

  /** A leading part of the range. Rejects with `compacted` when its start is no longer known. */
  async page(range: LogRange): Promise<LogPage> {
    const { start } = this.#recent;
    this.assertKnown(range.afterRevision);
    if (range.afterRevision >= start) {
      return { events: this.inMemory(range), throughRevision: range.throughRevision };
    }
    const page = await this.#log.read({ ...range, throughRevision: Math.min(range.throughRevision, start) });
    // A compaction that began meanwhile may have taken records away before they were read.
    this.assertKnown(range.afterRevision);
    return page;
  }

  /** Throws `compacted` when the state at a revision can no longer be told. */
  assertKnown(revision: number): void {
    const error = this.unknown(revision);
    if (error !== undefined) throw error;
  }

  /** Why what happened after a revision cannot be told. */
  unknown(revision: number): StoreError | undefined {
    const isLost = this.#lost.some(({ after, through }) => after < revision && revision <= through);
    if (revision >= this.#compactedRevision && !isLost) return undefined;
    const asked = String(revision);
    return new StoreError(
      { code: "compacted", compactedRevision: this.#compactedRevision },
      isLost
        ? `Cannot read history after revision ${asked}: it was lost in a crash`
        : `Cannot read history after revision ${asked}: compacted up to ${String(this.#compactedRevision)}`,
    );
  }
}
