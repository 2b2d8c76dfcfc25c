import type { Database } from "better-sqlite3";
import type { LogRecord } from "../revision-log.ts";

/** A part of the state is about this large: large enough to be cheap to hand over, small enough not to weigh. */
const PART_BYTES = 1024 * 1024;

/** Everything about the newest row of a key except its value. */
interface Location {
  readonly key: string;
  readonly revision: number;
  readonly createRevision: number;
  readonly previousRevision: number;
  readonly bytes: number;
}

type LocationRow = readonly [
  key: string,
  revision: number,
  createRevision: number,
  previousRevision: number,
  bytes: number | null,
];

/**
 * The newest record of every key that exists, in order of revision, in parts. The values of replaced rows are never
 * read, so that a long history costs little, and those in memory are never more than one part.
 */
export function* loadState(database: Database): Generator<readonly LogRecord[], void> {
  const select = database
    .prepare<[string], Uint8Array>(
      "SELECT value FROM log WHERE revision IN (SELECT value FROM json_each(?)) ORDER BY revision",
    )
    .pluck();
  for (const part of partsOf(locate(database))) {
    const values = select.all(JSON.stringify(part.map(({ revision }) => revision)));
    yield part.map((location, index) => ({ ...location, value: values[index] }));
  }
}

function locate(database: Database): readonly Location[] {
  const rows = database
    .prepare<[], LocationRow>(
      "SELECT key, revision, create_revision, previous_revision, length(value) FROM log ORDER BY revision",
    )
    .raw()
    .all();
  const newest = new Map<string, Location>();
  for (const [key, revision, createRevision, previousRevision, bytes] of rows) {
    // Setting alone would leave the key where its first row was.
    newest.delete(key);
    if (bytes !== null) newest.set(key, { key, revision, createRevision, previousRevision, bytes });
  }
  return [...newest.values()];
}

function* partsOf(locations: readonly Location[]): Generator<readonly Location[], void> {
  let start = 0;
  let bytes = 0;
  for (const [index, location] of locations.entries()) {
    bytes += location.bytes;
    if (bytes < PART_BYTES) continue;
    yield locations.slice(start, index + 1);
    start = index + 1;
    bytes = 0;
  }
  yield locations.slice(start);
}
