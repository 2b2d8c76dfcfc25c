import type { Entry } from "#store/store.ts";

/** Objects that are there already when a watch begins, which come first as additions. */
export interface InitialBatch {
  readonly entries: readonly Entry[];
  /** Whether the end of all of them is marked behind it (KEP-3157). */
  readonly isMarked: boolean;
}

/** The last object of a batch takes it beyond that: as much as is worth writing at once. */
const BATCH_BYTES = 64 * 1024;

/** Divides what is there already, so that events are made of it as the client takes them. */
export function initialBatches(
  entries: readonly Entry[],
  { isMarked }: { readonly isMarked: boolean },
): readonly InitialBatch[] {
  const batches: InitialBatch[] = [];
  let begin = 0;
  let bytes = 0;
  for (const [index, { value }] of entries.entries()) {
    bytes += value.length;
    if (bytes < BATCH_BYTES) continue;
    batches.push({ entries: entries.slice(begin, index + 1), isMarked: false });
    begin = index + 1;
    bytes = 0;
  }
  const rest = entries.slice(begin);
  if (rest.length > 0 || isMarked) batches.push({ entries: rest, isMarked });
  return batches;
}
