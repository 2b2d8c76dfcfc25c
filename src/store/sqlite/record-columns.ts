import type { LogRecord } from "../revision-log.ts";

/**
 * Records as they travel between threads: in columns, which costs a fraction of as many objects, and with the buffers
 * of the values moved instead of copied.
 */
export interface RecordColumns {
  readonly keys: readonly string[];
  /** Three for each record: revision, createRevision, previousRevision. */
  readonly revisions: Float64Array<ArrayBuffer>;
  readonly values: readonly (Uint8Array | undefined)[];
}

const REVISIONS = 3;

/** Moving the columns takes the values away from the records. */
export function toColumns(records: readonly LogRecord[]): RecordColumns {
  const revisions = new Float64Array(records.length * REVISIONS);
  let position = 0;
  for (const { revision, createRevision, previousRevision } of records) {
    revisions[position] = revision;
    revisions[position + 1] = createRevision;
    revisions[position + 2] = previousRevision;
    position += REVISIONS;
  }
  return { keys: records.map(({ key }) => key), revisions, values: records.map(({ value }) => value) };
}

/** Columns with copies of the values, all in one buffer. */
export function copyToColumns(records: readonly LogRecord[]): RecordColumns {
  const buffer = new Uint8Array(records.reduce((total, { value }) => total + (value?.length ?? 0), 0));
  let offset = 0;
  const copies = records.map((record) => {
    if (record.value === undefined) return { ...record, value: undefined };
    const copy = buffer.subarray(offset, offset + record.value.length);
    copy.set(record.value);
    offset += copy.length;
    return { ...record, value: copy };
  });
  return toColumns(copies);
}

export function fromColumns({ keys, revisions, values }: RecordColumns): LogRecord[] {
  return keys.map((key, index) => ({
    key,
    revision: revisions[index * REVISIONS] ?? 0,
    createRevision: revisions[index * REVISIONS + 1] ?? 0,
    previousRevision: revisions[index * REVISIONS + 2] ?? 0,
    value: values[index],
  }));
}

/** What `postMessage` moves: each buffer once. */
export function buffersOf({ revisions, values }: RecordColumns): ArrayBuffer[] {
  const buffers = values.map((value) => value?.buffer).filter((buffer) => buffer instanceof ArrayBuffer);
  return [revisions.buffer, ...new Set(buffers)];
}
