import type { Pieces } from "#https/answer.ts";

/** The size of a piece, unless what is in it is larger: enough that pieces cost nothing, little enough to hold many. */
const SLAB_BYTES = 256 * 1024;

/** Keeps what has been read until the next collection of garbage, because long lists mostly come in a row. */
export class SlabPool {
  #spare = new WeakRef<Buffer[]>([]);

  take(): Buffer {
    return this.#spare.deref()?.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES);
  }

  giveBack(slab: Buffer): void {
    const spare = this.#spare.deref() ?? [];
    if (spare.length === 0) this.#spare = new WeakRef(spare);
    spare.push(slab);
  }
}

interface Filled {
  readonly slab: Buffer;
  readonly used: number;
}

/** Collects bytes in the order in which they are appended, without one allocation for all of them. To be read once. */
export class Slabs implements Pieces {
  readonly #pool: SlabPool;
  readonly #full: Filled[] = [];
  #slab: Buffer = Buffer.alloc(0);
  #used = 0;
  #length = 0;

  constructor(pool: SlabPool) {
    this.#pool = pool;
  }

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
    for (const { slab, used } of this.#full) {
      yield slab.subarray(0, used);
      if (slab.length === SLAB_BYTES) this.#pool.giveBack(slab);
    }
    if (this.#used > 0) yield this.#slab.subarray(0, this.#used);
  }

  #next(atLeast: number): void {
    if (this.#used > 0) this.#full.push({ slab: this.#slab, used: this.#used });
    this.#slab = atLeast > SLAB_BYTES ? Buffer.allocUnsafeSlow(atLeast) : this.#pool.take();
    this.#used = 0;
  }
}

/** All of them, one behind the other. */
export function chainPieces(...parts: readonly (Uint8Array | Pieces)[]): Pieces {
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
