/** Finds names that stand in a text without making strings of them. */
export class NameTable {
  readonly #names: readonly Uint8Array[];
  /** Indexes of names by their hash, as open addressing leaves them; -1 where there is none. */
  readonly #slots: Int32Array;

  constructor(names: readonly string[]) {
    this.#names = names.map((name) => Buffer.from(name));
    // At least half of it is empty, so that a search ends soon.
    const size = 2 ** Math.ceil(Math.log2(names.length * 2 + 2));
    const slots = new Int32Array(size).fill(-1);
    for (const [index, name] of this.#names.entries()) {
      let slot = hash(name, 0, name.length) & (size - 1);
      while (slots[slot] !== -1) slot = (slot + 1) & (size - 1);
      slots[slot] = index;
    }
    this.#slots = slots;
  }

  /** The index of the name between two places of a text; -1 when it is none of them. */
  indexOf(text: Uint8Array, start: number, end: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hash(text, start, end) & mask; ; slot = (slot + 1) & mask) {
      const index = slots[slot] ?? -1;
      if (index < 0 || isSame(this.#names[index], text, start, end)) return index;
    }
  }
}

/** Of a name's length and three of its letters. */
function hash(text: Uint8Array, start: number, end: number): number {
  const first = text[start] ?? 0;
  const middle = text[(start + end) >> 1] ?? 0;
  const last = text[end - 1] ?? 0;
  return (end - start) * 7 + first * 31 + middle * 17 + last * 131;
}

function isSame(name: Uint8Array | undefined, text: Uint8Array, start: number, end: number): boolean {
  if (name?.length !== end - start) return false;
  for (let index = 0; index < name.length; index += 1) {
    if (name[index] !== text[start + index]) return false;
  }
  return true;
}
