import type { LogRecord } from "../revision-log.ts";

/**
 * Records as they travel between threads: one buffer that is moved instead of copied, and two arrays. A message
 * that held the values themselves would copy the whole buffer behind each of them.
 */
export interface PackedRecords {
  readonly keys: readonly string[];
  /** Four for each record: revision, createRevision, previousRevision, length of the value. */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** The values, one behind the other. */
  readonly values: Uint8Array<ArrayBuffer>;
}

const NUMBERS = 4;

/** The length that stands for a deletion. */
const NO_VALUE = -1;

export function packRecords(records: readonly LogRecord[]): PackedRecords {
  const numbers = new Float64Array(records.length * NUMBERS);
  const values = new Uint8Array(records.reduce((total, { value }) => total + (value?.length ?? 0), 0));
  let position = 0;
  let offset = 0;
  for (const { revision, createRevision, previousRevision, value } of records) {
    numbers[position] = revision;
    numbers[position + 1] = createRevision;
    numbers[position + 2] = previousRevision;
    numbers[position + 3] = value?.length ?? NO_VALUE;
    position += NUMBERS;
    if (value === undefined) continue;
    values.set(value, offset);
    offset += value.length;
  }
  return { keys: records.map(({ key }) => key), numbers, values };
}

/** The values are views of the one buffer: who keeps some of them copies those, or keeps all. */
export function unpackRecords({ keys, numbers, values }: PackedRecords): LogRecord[] {
  let offset = 0;
  return keys.map((key, index) => {
    const position = index * NUMBERS;
    const length = numbers[position + 3] ?? NO_VALUE;
    const start = offset;
    offset += Math.max(0, length);
    return {
      key,
      revision: numbers[position] ?? 0,
      createRevision: numbers[position + 1] ?? 0,
      previousRevision: numbers[position + 2] ?? 0,
      value: length === NO_VALUE ? undefined : values.subarray(start, offset),
    };
  });
}

/** What `postMessage` moves instead of copying. */
export function transferablesOf({ numbers, values }: PackedRecords): ArrayBuffer[] {
  return [numbers.buffer, values.buffer];
}
