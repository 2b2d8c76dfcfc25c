import type { Entry } from "#store/store.ts";
import type { DeleteEvent, PutEvent } from "#store/store-event.ts";

interface EntryOptions {
  readonly value?: string;
  readonly createRevision?: number;
}

export function anEntry(key: string, revision: number, options: EntryOptions = {}): Entry {
  const { value = `${key}@${String(revision)}`, createRevision = revision } = options;
  return Object.freeze({ key, value: new TextEncoder().encode(value), createRevision, revision });
}

/** A write of `key`, which creates it unless `previous` is given. */
export function aPut(key: string, revision: number, previous?: Entry): PutEvent {
  const createRevision = previous?.createRevision ?? revision;
  return { type: "put", entry: anEntry(key, revision, { createRevision }), previous };
}

export function aDelete(previous: Entry, revision: number): DeleteEvent {
  return { type: "delete", key: previous.key, revision, previous };
}
