import type { Entry } from "../store.ts";

/** The place of one key. It stays while the key exists, so that an update is one assignment. */
export interface Slot {
  readonly key: string;
  entry: Entry;
}

/** Chunks of this size make binary search, insertion and copying cheap at 100 as at 1,000,000 keys. */
const MAX_CHUNK = 256;

/**
 * Slots in order of key (UTF-16 code units, which for ASCII is the order of bytes) that also knows positions: how many
 * keys come before a key, and which are the slots from a position on. A B+tree of two levels.
 *
 * Positions come from a table with one number per chunk, rebuilt in one pass when a read finds it outdated
 * (below a microsecond at 100,000 keys). `sorted-btree` has no positions: counting a range there visits each key.
 */
export class SortedSlots {
  readonly #chunks: Slot[][] = [];
  /** Position of the first slot of each chunk; empty when outdated. */
  #starts: number[] = [];
  #size = 0;

  /** Takes slots that are already in order. */
  constructor(sorted: readonly Slot[] = []) {
    for (let start = 0; start < sorted.length; start += MAX_CHUNK / 2) {
      this.#chunks.push(sorted.slice(start, start + MAX_CHUNK / 2));
    }
    this.#size = sorted.length;
  }

  get size(): number {
    return this.#size;
  }

  /** The key must not be present. */
  insert(slot: Slot): void {
    const { chunk, offset } = this.#find((key) => key < slot.key);
    const slots = this.#chunks[chunk];
    if (slots === undefined) this.#chunks.push([slot]);
    else slots.splice(offset, 0, slot);
    if (slots !== undefined && slots.length > MAX_CHUNK) {
      this.#chunks.splice(chunk, 1, slots.slice(0, MAX_CHUNK / 2), slots.slice(MAX_CHUNK / 2));
    }
    this.#resized(1);
  }

  /** The key must be present. */
  remove(removed: string): void {
    const behind = this.#find((key) => key <= removed);
    const slots = this.#chunks[behind.chunk];
    const offset = behind.offset - 1;
    if (slots?.[offset]?.key !== removed) throw new RangeError(`Cannot remove absent key "${removed}"`);
    slots.splice(offset, 1);
    this.#merge(behind.chunk);
    this.#resized(-1);
  }

  /**
   * How many keys lie before a point of the order; `isBefore` is true for all keys up to that point and for none
   * behind it.
   */
  rank(isBefore: (key: string) => boolean): number {
    const { chunk, offset } = this.#find(isBefore);
    return this.#startOf(chunk) + offset;
  }

  /** The entries at positions `from` (inclusive) to `to` (exclusive). */
  slice(from: number, to: number): Entry[] {
    const entries: Entry[] = [];
    let chunk = this.#chunkAt(from);
    let offset = from - this.#startOf(chunk);
    for (let wanted = to - from; wanted > 0; chunk += 1, offset = 0) {
      const slots = this.#chunks[chunk];
      if (slots === undefined) break;
      const end = Math.min(slots.length, offset + wanted);
      for (const slot of offset === 0 && end === slots.length ? slots : slots.slice(offset, end)) {
        entries.push(slot.entry);
      }
      wanted -= end - offset;
    }
    return entries;
  }

  #find(isBefore: (key: string) => boolean): { chunk: number; offset: number } {
    const chunks = this.#chunks;
    const chunk = Math.max(0, partition(chunks.length, (index) => isBefore(keyAt(chunks[index], 0))) - 1);
    const slots = chunks[chunk];
    return { chunk, offset: partition(slots?.length ?? 0, (index) => isBefore(keyAt(slots, index))) };
  }

  /** Joins a chunk that became small with its neighbour, and drops it when it became empty. */
  #merge(chunk: number): void {
    const slots = this.#chunks[chunk] ?? [];
    const next = this.#chunks[chunk + 1];
    if (slots.length === 0) this.#chunks.splice(chunk, 1);
    else if (next !== undefined && slots.length + next.length <= MAX_CHUNK / 2) {
      this.#chunks.splice(chunk, 2, [...slots, ...next]);
    }
  }

  #resized(by: number): void {
    this.#size += by;
    if (this.#starts.length > 0) this.#starts = [];
  }

  #startOf(chunk: number): number {
    return this.#positions()[chunk] ?? this.#size;
  }

  /** The chunk that holds a position. */
  #chunkAt(position: number): number {
    const starts = this.#positions();
    return Math.max(0, partition(starts.length, (index) => (starts[index] ?? 0) <= position) - 1);
  }

  #positions(): readonly number[] {
    if (this.#starts.length === 0) {
      let start = 0;
      for (const slots of this.#chunks) {
        this.#starts.push(start);
        start += slots.length;
      }
    }
    return this.#starts;
  }
}

/** The first index for which `isBefore` is false; it must be true for a leading part of the indexes only. */
function partition(length: number, isBefore: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function keyAt(slots: readonly Slot[] | undefined, index: number): string {
  return slots?.[index]?.key ?? "";
}
