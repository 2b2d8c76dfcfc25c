import type { Entry } from "../store.ts";
import { StoreError } from "../store-error.ts";
import type { DeleteEvent, PutEvent } from "../store-event.ts";
import type { Decide } from "./write-sequencer.ts";

export function decideCreate(key: string, value: Uint8Array): Decide<PutEvent> {
  return (present, revision) =>
    present === undefined
      ? { event: put({ key, value, createRevision: revision, revision }, undefined) }
      : { refusal: keyExists(present) };
}

export function decideUpdate(key: string, expectedRevision: number, value: Uint8Array): Decide<PutEvent> {
  return (present, revision) =>
    present?.revision === expectedRevision
      ? { event: put({ key, value, createRevision: present.createRevision, revision }, present) }
      : { refusal: conflict("update", key, expectedRevision, present) };
}

export function decideDelete(key: string, expectedRevision: number): Decide<DeleteEvent> {
  return (present, revision) =>
    present?.revision === expectedRevision
      ? { event: { type: "delete", key, revision, previous: present } }
      : { refusal: conflict("delete", key, expectedRevision, present) };
}

function put(entry: Entry, previous: Entry | undefined): PutEvent {
  return { type: "put", entry: Object.freeze(entry), previous };
}

function keyExists(present: Entry): StoreError {
  return new StoreError(
    { code: "keyExists", present },
    `Cannot create "${present.key}": it exists at revision ${String(present.revision)}`,
  );
}

function conflict(verb: string, key: string, expected: number, present: Entry | undefined): StoreError {
  const found = present === undefined ? "it does not exist" : `it is at revision ${String(present.revision)}`;
  return new StoreError(
    { code: "conflict", present },
    `Cannot ${verb} "${key}" at revision ${String(expected)}: ${found}`,
  );
}
