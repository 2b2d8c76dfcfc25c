import { labelsOf, parentName } from "./domain-name.ts";
import { TYPE } from "./record-type.ts";

/** Pointers have 14 bits. */
const MAX_POINTER = 0x3fff;
const POINTER = 0xc000;

/** Writes a message piece by piece, names compressed (RFC 1035 4.1.4). */
export class MessageWriter {
  #bytes = new Uint8Array(512);
  #length = 0;
  readonly #names = new Map<string, number>();

  get length(): number {
    return this.#length;
  }

  /** What was written, as bytes of its own. */
  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  number16(value: number): void {
    this.#reserve(2);
    this.#bytes[this.#length] = value >> 8;
    this.#bytes[this.#length + 1] = value;
    this.#length += 2;
  }

  number32(value: number): void {
    this.number16(value >>> 16);
    this.number16(value & 0xffff);
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A name, as a pointer to where its end was written before, in the same spelling, unless `compressed` is false. */
  name(name: string, compressed = true): void {
    let rest = name;
    for (const label of labelsOf(name)) {
      const known = compressed ? this.#names.get(rest) : undefined;
      if (known !== undefined) {
        this.number16(POINTER | known);
        return;
      }
      if (this.#length <= MAX_POINTER && !this.#names.has(rest)) this.#names.set(rest, this.#length);
      this.append(Uint8Array.of(label.length, ...Buffer.from(label, "latin1")));
      rest = parentName(rest);
    }
    this.append(Uint8Array.of(0));
  }

  /** Sets two bytes that were written before. */
  patch16(offset: number, value: number): void {
    this.#bytes[offset] = value >> 8;
    this.#bytes[offset + 1] = value;
  }

  /** An OPT record (RFC 6891 6.1.2). */
  options({ udpSize, extendedCode, dnssecOk }: OptionsRecord): void {
    this.append(Uint8Array.of(0));
    this.number16(TYPE.OPT);
    this.number16(udpSize);
    this.append(Uint8Array.of(extendedCode, 0, dnssecOk ? 0x80 : 0, 0));
    this.number16(0);
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

interface OptionsRecord {
  readonly udpSize: number;
  readonly extendedCode: number;
  readonly dnssecOk: boolean;
}
