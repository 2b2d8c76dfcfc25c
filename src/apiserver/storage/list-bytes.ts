import type { Pieces } from "#https/answer.ts";
import type { Entry } from "#store/store.ts";
import type { ListItems } from "../formats/wire-format.ts";
import {
  type Layout,
  layoutOf,
  MAX_REVISION_BYTES,
  type ObjectPart,
  objectLength,
  writeObject,
} from "./encoded-object.ts";

/** What is made at a time, unless one object is larger. */
const PIECE_BYTES = 256 * 1024;

/** Room for one object, unless it is larger. */
const ITEM_BYTES = 16 * 1024;

const COMMA = 0x2c;

/** A comma, and what an object is longer than its entry. */
const MAX_ADDED_BYTES = 1 + MAX_REVISION_BYTES;
const END = Buffer.from("]}\n");

/**
 * The JSON of a list, joined from the stored bytes of its items while it is sent. Nothing of them is parsed, and no more
 * of them is copied than the client takes.
 */
export class ListBytes implements Pieces {
  readonly length: number;
  readonly #start: Buffer;
  readonly #entries: readonly Entry[];
  readonly #layout: Layout | undefined;

  /** `start` is what comes before the first item. The entries are of one kind and version. */
  constructor(start: string, entries: readonly Entry[], part: ObjectPart) {
    this.#start = Buffer.from(start);
    this.#entries = entries;
    this.#layout = layoutOfAll(entries, part);
    const commas = Math.max(0, entries.length - 1);
    this.length = entries.reduce(
      (sum, { value, revision }) => sum + objectLength(value, revision, this.#layout),
      this.#start.length + commas + END.length,
    );
  }

  *[Symbol.iterator](): Iterator<Uint8Array> {
    let piece = Buffer.allocUnsafe(Math.max(PIECE_BYTES, this.#start.length));
    let used = this.#start.copy(piece);
    let isFirst = true;
    for (const entry of this.#entries) {
      const most = entry.value.length + MAX_ADDED_BYTES;
      if (used + most > piece.length) {
        yield piece.subarray(0, used);
        if (most > piece.length) piece = Buffer.allocUnsafe(most);
        used = 0;
      }
      if (!isFirst) {
        piece[used] = COMMA;
        used += 1;
      }
      isFirst = false;
      used = writeObject(piece, used, entry, this.#layout);
    }
    yield piece.subarray(0, used);
    yield END;
  }
}

/** The JSON of the objects themselves, which are of one kind and version, for other formats. */
export class StoredItems implements ListItems {
  readonly #entries: readonly Entry[];
  readonly #layout: Layout | undefined;

  constructor(entries: readonly Entry[], part: ObjectPart) {
    this.#entries = entries;
    this.#layout = layoutOfAll(entries, part);
  }

  get length(): number {
    return this.#entries.length;
  }

  *[Symbol.iterator](): Iterator<Buffer> {
    let buffer = Buffer.allocUnsafe(ITEM_BYTES);
    for (const entry of this.#entries) {
      const most = entry.value.length + MAX_REVISION_BYTES;
      if (most > buffer.length) buffer = Buffer.allocUnsafe(most);
      yield buffer.subarray(0, writeObject(buffer, 0, entry, this.#layout));
    }
  }
}

function layoutOfAll([first]: readonly Entry[], part: ObjectPart): Layout | undefined {
  return first === undefined ? undefined : layoutOf(first.value, part);
}
