import { toEvents } from "../log-events.ts";
import type { LogAppend, LogPage, LogRange, LogRecord, RevisionLog } from "../revision-log.ts";

/** How many events one page has; small, so that tests read histories of several pages. */
const PAGE_EVENTS = 10;

/** A log that lives as long as its process. */
export class MemoryLog implements RevisionLog {
  readonly #records = new Map<number, LogRecord>();

  append({ records }: LogAppend): Promise<void> {
    for (const record of records) this.#records.set(record.revision, record);
    return Promise.resolve();
  }

  read({ prefix, afterRevision, throughRevision }: LogRange): Promise<LogPage> {
    const records = [...this.#records.values()].filter(
      ({ key, revision }) =>
        key.startsWith(prefix) && afterRevision < revision && revision <= throughRevision,
    );
    const page = records.slice(0, PAGE_EVENTS);
    const previous = page.map(({ previousRevision }) => this.#records.get(previousRevision));
    return Promise.resolve({
      events: toEvents(
        page,
        previous.filter((record) => record !== undefined),
      ),
      throughRevision: records.length > page.length ? (page.at(-1)?.revision ?? 0) : throughRevision,
    });
  }

  /** Values in memory have one form. */
  rewriteStale(): Promise<void> {
    return Promise.resolve();
  }

  compact(revision: number): Promise<void> {
    for (const record of this.#records.values()) {
      if (record.revision > revision) break;
      this.#records.delete(record.previousRevision);
      if (record.value === undefined) this.#records.delete(record.revision);
    }
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
