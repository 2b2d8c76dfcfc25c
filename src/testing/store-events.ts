import type { Entry, StoreEvent } from "#store/store.ts";

interface EntryOptions {
  readonly value?: string;
  readonly createRevision?: number;
}

export function anEntry(key: string, revision: number, options: EntryOptions = {}): Entry {
  const { value = `${key}@${String(revision)}`, createRevision = revision } = options;
  return Object.freeze({ key, value: new TextEncoder().encode(value), createRevision, revision });
}

/** A write of `key`, which creates it unless `previous` is given. */
export function aPut(key: string, revision: number, previous?: Entry): Extract<StoreEvent, { type: "put" }> {
  const createRevision = previous?.createRevision ?? revision;
  return { type: "put", entry: anEntry(key, revision, { createRevision }), previous };
}

export function aDelete(previous: Entry, revision: number): Extract<StoreEvent, { type: "delete" }> {
  return { type: "delete", key: previous.key, revision, previous };
}
