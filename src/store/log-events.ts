import type { LogRecord } from "./revision-log.ts";
import type { Entry, StoreEvent } from "./store.ts";

/** The entry that a record put; its value is shared with the record. */
export function toEntry({ key, value, createRevision, revision }: LogRecord & { value: Uint8Array }): Entry {
  return Object.freeze({ key, value, createRevision, revision });
}

/**
 * The events that records stand for. `previous` holds what they replaced. A deletion whose `previous` is no longer
 * known is left out: it is older than the compacted revision.
 */
export function toEvents(records: readonly LogRecord[], previous: readonly LogRecord[]): StoreEvent[] {
  const replaced = new Map(previous.map((record) => [record.revision, record]));
  return records
    .map((record) => toEvent(record, replaced.get(record.previousRevision)))
    .filter((event) => event !== undefined);
}

function toEvent(record: LogRecord, replaced: LogRecord | undefined): StoreEvent | undefined {
  const previous = replaced && entryOf(replaced);
  const entry = entryOf(record);
  if (entry !== undefined) return { type: "put", entry, previous };
  if (previous === undefined) return undefined;
  return { type: "delete", key: record.key, revision: record.revision, previous };
}

function entryOf(record: LogRecord): Entry | undefined {
  const { value } = record;
  return value && toEntry({ ...record, value });
}
