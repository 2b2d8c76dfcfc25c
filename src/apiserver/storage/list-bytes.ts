import type { Pieces } from "#https/answer.ts";
import type { Entry } from "#store/store.ts";
import { type ObjectPart, objectLength, writeObject } from "./encoded-object.ts";

/** What is made at a time, unless one object is larger. */
const PIECE_BYTES = 256 * 1024;

const COMMA = 0x2c;
const END = Buffer.from("]}\n");

/**
 * The JSON of a list, joined from the stored bytes of its items while it is sent. Nothing of them is parsed, and no more
 * of them is copied than the client takes.
 */
export class ListBytes implements Pieces {
  readonly length: number;
  readonly #start: Buffer;
  readonly #entries: readonly Entry[];
  readonly #part: ObjectPart;

  /** `start` is what comes before the first item. */
  constructor(start: string, entries: readonly Entry[], part: ObjectPart) {
    this.#start = Buffer.from(start);
    this.#entries = entries;
    this.#part = part;
    const commas = Math.max(0, entries.length - 1);
    this.length = entries.reduce(
      (sum, { value, revision }) => sum + objectLength(value, revision, part),
      this.#start.length + commas + END.length,
    );
  }

  *[Symbol.iterator](): Iterator<Uint8Array> {
    let piece = Buffer.allocUnsafe(Math.max(PIECE_BYTES, this.#start.length));
    let used = this.#start.copy(piece);
    for (const [index, entry] of this.#entries.entries()) {
      const needed = objectLength(entry.value, entry.revision, this.#part) + 1;
      if (used + needed > piece.length) {
        yield piece.subarray(0, used);
        piece = Buffer.allocUnsafe(Math.max(PIECE_BYTES, needed));
        used = 0;
      }
      if (index > 0) {
        piece[used] = COMMA;
        used += 1;
      }
      used = writeObject(piece, used, entry, this.#part);
    }
    yield piece.subarray(0, used);
    yield END;
  }
}
