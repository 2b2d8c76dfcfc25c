import { MAJOR } from "./cbor-head.ts";

const INITIAL_BYTES = 16 * 1024;

/** What is kept from one document to the next at most. */
const MAX_KEPT_BYTES = 1024 * 1024;

/** Longer pieces are cheaper to copy through the runtime than byte by byte. */
const SHORT_BYTES = 48;

/** Longest head of an item, and a float with its head. */
const MAX_HEAD_BYTES = 9;

/** The first bytes of values that are neither strings nor made of others. */
const SIMPLE = { false: 20, true: 21, null: 22, half: 0xf9, single: 0xfa, double: 0xfb } as const;

/** Writes CBOR items in their shortest form (RFC 8949 section 4.2.1). */
export class CborWriter {
  #bytes: Buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #length = 0;

  /** What has been written, not copied: it holds until something else is. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    if (this.#bytes.length > MAX_KEPT_BYTES) this.#bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
    this.#length = 0;
  }

  head(major: number, argument: number | bigint): void {
    this.#reserve(MAX_HEAD_BYTES);
    const first = major << 5;
    const bytes = this.#bytes;
    let at = this.#length;
    if (typeof argument === "bigint" || argument >= 0x1_0000_0000) {
      at = bytes.writeBigUInt64BE(BigInt(argument), bytes.writeUInt8(first + 27, at));
    } else if (argument < 24) {
      bytes[at] = first + argument;
      at += 1;
    } else if (argument < 0x100) at = bytes.writeUInt8(argument, bytes.writeUInt8(first + 24, at));
    else if (argument < 0x1_0000) at = bytes.writeUInt16BE(argument, bytes.writeUInt8(first + 25, at));
    else at = bytes.writeUInt32BE(argument, bytes.writeUInt8(first + 26, at));
    this.#length = at;
  }

  integer(value: number | bigint): void {
    if (value >= 0) this.head(MAJOR.unsigned, value);
    else this.head(MAJOR.negative, typeof value === "bigint" ? -1n - value : -1 - value);
  }

  boolean(value: boolean): void {
    this.head(MAJOR.simple, value ? SIMPLE.true : SIMPLE.false);
  }

  null(): void {
    this.head(MAJOR.simple, SIMPLE.null);
  }

  /** In the narrowest of the three widths that keeps the value. */
  float(value: number): void {
    this.#reserve(MAX_HEAD_BYTES);
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + this.#length);
    if (Math.f16round(value) === value) {
      view.setUint8(0, SIMPLE.half);
      view.setFloat16(1, value);
      this.#length += 3;
    } else if (Math.fround(value) === value) {
      view.setUint8(0, SIMPLE.single);
      view.setFloat32(1, value);
      this.#length += 5;
    } else {
      view.setUint8(0, SIMPLE.double);
      view.setFloat64(1, value);
      this.#length += 9;
    }
  }

  /** A byte string, which is what Go's strings are written as. */
  string(source: Uint8Array, start = 0, end = source.length): void {
    const length = end - start;
    this.head(MAJOR.bytes, length);
    this.#reserve(length);
    const bytes = this.#bytes;
    const offset = this.#length - start;
    if (length > SHORT_BYTES) bytes.set(source.subarray(start, end), this.#length);
    else for (let at = start; at < end; at += 1) bytes[offset + at] = source[at] ?? 0;
    this.#length += length;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#length + count));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
