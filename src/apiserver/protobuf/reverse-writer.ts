/** What the first buffer holds; it grows by doubling. */
const INITIAL_BYTES = 16 * 1024;

/** What is kept from one message to the next at most. */
const MAX_KEPT_BYTES = 1024 * 1024;

/** Longer pieces are cheaper to copy through the runtime than byte by byte. */
const SHORT_BYTES = 48;

/**
 * Writes protobuf from the end to the beginning, as gogo/protobuf does: what is in a message is written before its
 * length, so that the length is known when its turn comes.
 */
export class ReverseWriter {
  #bytes: Buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #start = INITIAL_BYTES;

  /** How many bytes have been written since the last `clear`. */
  get length(): number {
    return this.#bytes.length - this.#start;
  }

  /** What has been written, not copied: it holds until something else is. */
  get written(): Buffer {
    return this.#bytes.subarray(this.#start);
  }

  clear(): void {
    if (this.#bytes.length > MAX_KEPT_BYTES) this.#bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
    this.#start = this.#bytes.length;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#start -= 1;
    this.#bytes[this.#start] = value;
  }

  /** A whole number without sign, below 2^53. */
  unsigned(value: number): void {
    if (value < 0x80) {
      this.byte(value);
      return;
    }
    const length = varintLength(value);
    this.#reserve(length);
    this.#start -= length;
    let rest = value;
    let at = this.#start;
    for (; rest >= 0x80; at += 1) {
      this.#bytes[at] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[at] = rest;
  }

  /** A whole number of 64 bits, negative ones in two's complement. */
  signed(value: bigint): void {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, value);
    for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
    this.bytes(Uint8Array.from([...bytes, Number(rest)]));
  }

  double(value: number): void {
    this.#reserve(8);
    this.#start -= 8;
    this.#bytes.writeDoubleLE(value, this.#start);
  }

  /** In UTF-8. */
  text(value: string): void {
    const length = Buffer.byteLength(value);
    this.#reserve(length);
    this.#start -= length;
    this.#bytes.write(value, this.#start);
  }

  bytes(source: Uint8Array, start = 0, end = source.length): void {
    const length = end - start;
    this.#reserve(length);
    this.#start -= length;
    if (length > SHORT_BYTES) {
      this.#bytes.set(source.subarray(start, end), this.#start);
      return;
    }
    const bytes = this.#bytes;
    const offset = this.#start - start;
    for (let at = start; at < end; at += 1) bytes[offset + at] = source[at] ?? 0;
  }

  #reserve(count: number): void {
    if (this.#start >= count) return;
    const { length } = this;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, length + count));
    this.#start = larger.length - length;
    larger.set(this.#bytes.subarray(this.#bytes.length - length), this.#start);
    this.#bytes = larger;
  }
}

/** How many bytes a whole number takes. */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length += 1;
  return length;
}
