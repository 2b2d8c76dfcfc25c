import type { Pieces } from "#https/answer.ts";

/** The size of a piece, unless what is in it is larger: enough that pieces cost nothing, little enough to hold many. */
const SLAB_BYTES = 256 * 1024;

/** Collects bytes in the order in which they are appended, without one allocation for all of them. */
export class Slabs implements Pieces {
  readonly #full: Uint8Array[] = [];
  #slab: Buffer = Buffer.alloc(0);
  #used = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Copies the bytes. */
  append(bytes: Uint8Array): void {
    if (this.#used + bytes.length > this.#slab.length) this.#next(bytes.length);
    this.#slab.set(bytes, this.#used);
    this.#used += bytes.length;
    this.#length += bytes.length;
  }

  *[Symbol.iterator](): Iterator<Uint8Array> {
    yield* this.#full;
    if (this.#used > 0) yield this.#slab.subarray(0, this.#used);
  }

  #next(atLeast: number): void {
    if (this.#used > 0) this.#full.push(this.#slab.subarray(0, this.#used));
    this.#slab = Buffer.allocUnsafeSlow(Math.max(atLeast, SLAB_BYTES));
    this.#used = 0;
  }
}

/** All of them, one behind the other. */
export function joinPieces(...parts: readonly (Uint8Array | Pieces)[]): Pieces {
  return {
    length: parts.reduce((sum, { length }) => sum + length, 0),
    *[Symbol.iterator]() {
      for (const part of parts) {
        if (part instanceof Uint8Array) yield part;
        else yield* part;
      }
    },
  };
}
