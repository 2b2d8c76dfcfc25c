/** What the process that runs inputs and the one that watches it share: how many there were, and the present one. */
const HEADER_BYTES = 16;

export class Pulse {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #numbers: Uint32Array;

  constructor(path: string) {
    this.#bytes = Bun.mmap(path, { shared: true });
    this.#numbers = new Uint32Array(this.#bytes.buffer, this.#bytes.byteOffset, 2);
  }

  /** Makes the file that both map, with room for inputs of this length. */
  static async create(path: string, maxBytes: number): Promise<Pulse> {
    await Bun.write(path, new Uint8Array(HEADER_BYTES + maxBytes));
    return new Pulse(path);
  }

  beat(input: Uint8Array): void {
    this.#numbers[1] = input.length;
    this.#bytes.set(input, HEADER_BYTES);
    this.#numbers[0] = this.count + 1;
  }

  get count(): number {
    return this.#numbers[0] ?? 0;
  }

  get input(): Buffer {
    return Buffer.from(this.#bytes.slice(HEADER_BYTES, HEADER_BYTES + (this.#numbers[1] ?? 0)));
  }
}
