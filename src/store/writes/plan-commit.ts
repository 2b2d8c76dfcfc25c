import type { LogAppend, LogRecord } from "../revision-log.ts";
import type { StoreEvent } from "../store.ts";
import { keyOf, revisionOf } from "../store-event.ts";
import type { UnloggedWrites } from "./unlogged-writes.ts";

/**
 * How many revisions one durable reservation covers. At one heartbeat every ten seconds that is a reservation
 * every three hours; after a crash as many numbers are skipped at most.
 */
const RESERVED_REVISIONS = 1000;

/** A write in the order that it will be committed in. */
export interface OrderedWrite {
  readonly event: StoreEvent;
  readonly lazy: boolean;
}

export interface CommitView {
  readonly writes: readonly OrderedWrite[];
  readonly unlogged: Pick<UnloggedWrites, "get" | "values" | "size">;
  /** Lazy writes up to this revision need not wait for the log. */
  readonly reservedRevision: number;
  /** True when the unlogged writes have waited long enough. */
  readonly flush: boolean;
}

/** What must be appended so that all of `writes` may become visible; undefined when nothing must. */
export function planCommit(view: CommitView): LogAppend | undefined {
  const { writes, unlogged, flush } = view;
  const reservedRevision = planReservation(view);
  const hasDurable = writes.some((write) => !write.lazy);
  if (!hasDurable && reservedRevision === undefined && !(flush && unlogged.size > 0)) return undefined;
  return { records: [...unloggedRecords(view), ...writeRecords(view)], reservedRevision };
}

/** A lazy write behind the reservation is logged like any other and brings the next reservation along. */
function planReservation({ writes, reservedRevision }: CommitView): number | undefined {
  const last = writes.at(-1);
  const exceeds = writes.some(({ event, lazy }) => lazy && revisionOf(event) > reservedRevision);
  return exceeds && last !== undefined ? revisionOf(last.event) + RESERVED_REVISIONS : undefined;
}

/** What was replaced again before it reached the log never gets there. */
function unloggedRecords({ writes, unlogged }: CommitView): LogRecord[] {
  const replaced = new Set(writes.map(({ event }) => keyOf(event)));
  return [...unlogged.values()]
    .filter(({ event }) => !replaced.has(event.entry.key))
    .map(({ event, loggedRevision }) => toRecord(event, loggedRevision));
}

function writeRecords({ writes, unlogged }: CommitView): LogRecord[] {
  return writes.map(({ event }) => {
    const skipped = unlogged.get(keyOf(event));
    const previous = event.previous?.revision ?? 0;
    return toRecord(event, skipped?.event.entry.revision === previous ? skipped.loggedRevision : previous);
  });
}

function toRecord(event: StoreEvent, previousRevision: number): LogRecord {
  if (event.type === "put") return { ...event.entry, previousRevision };
  const { key, revision, previous } = event;
  return { key, revision, value: undefined, createRevision: previous.createRevision, previousRevision };
}
