import type { Database } from "better-sqlite3";
import type { LogRecord } from "../revision-log.ts";

/** A part of the state is about this large: large enough to be cheap to hand over, small enough not to weigh. */
const PART_BYTES = 1024 * 1024;

type RecordRow = readonly [createRevision: number, previousRevision: number, value: Uint8Array];

/**
 * The newest record of every key that exists, in order of key, in parts. The first pass reads no values, so that
 * long histories cost little and the values in memory are never more than one part.
 */
export function* loadState(database: Database): Generator<readonly LogRecord[], void> {
  const revisions = newestRevisions(database);
  const select = database
    .prepare<[number], RecordRow>(
      "SELECT create_revision, previous_revision, value FROM log WHERE revision = ?",
    )
    .raw();
  let part: LogRecord[] = [];
  let bytes = 0;
  for (const key of [...revisions.keys()].sort()) {
    const revision = revisions.get(key) ?? 0;
    const row = select.get(revision);
    if (row === undefined) continue;
    const [createRevision, previousRevision, value] = row;
    part.push({ key, revision, createRevision, previousRevision, value });
    bytes += value.length;
    if (bytes < PART_BYTES) continue;
    yield part;
    part = [];
    bytes = 0;
  }
  yield part;
}

function newestRevisions(database: Database): Map<string, number> {
  const revisions = new Map<string, number>();
  const rows = database
    .prepare<[], readonly [number, string, 0 | 1]>(
      "SELECT revision, key, value IS NULL FROM log ORDER BY revision",
    )
    .raw();
  for (const [revision, key, isDeleted] of rows.iterate()) {
    if (isDeleted === 1) revisions.delete(key);
    else revisions.set(key, revision);
  }
  return revisions;
}
