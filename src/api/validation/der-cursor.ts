/** Elements of DER as Go's `x/crypto/cryptobyte` reads them: they are there, or they are not. */

export const BOOLEAN = 0x01;
export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const OCTET_STRING = 0x04;
export const OBJECT_IDENTIFIER = 0x06;
export const UTC_TIME = 0x17;
export const GENERALIZED_TIME = 0x18;
export const SEQUENCE = 0x30;
export const SET = 0x31;

/** The tag of a field that is told by its number: `[3]`. */
export function contextTag(number: number, isConstructed: boolean): number {
  return (isConstructed ? 0xa0 : 0x80) | number;
}

export class DerCursor {
  readonly bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get offset(): number {
    return this.#offset;
  }

  get isAtEnd(): boolean {
    return this.#offset === this.bytes.length;
  }

  /** Whether the next element has this tag. */
  has(tag: number): boolean {
    return this.bytes[this.#offset] === tag;
  }

  /** What is inside the next element, which must have this tag; undefined when it has another, or is broken. */
  take(tag: number): DerCursor | undefined {
    return this.has(tag) ? this.takeAny() : undefined;
  }

  /** As `take`, whatever the tag is. */
  takeAny(): DerCursor | undefined {
    const first = this.bytes[this.#offset];
    const header = this.#headerSize();
    // Nothing here has tags of more than one byte.
    if (first === undefined || header === undefined || (first & 0x1f) === 0x1f) return undefined;
    const start = this.#offset + header.size;
    const end = start + header.length;
    if (end > this.bytes.length) return undefined;
    this.#offset = end;
    return new DerCursor(this.bytes.subarray(start, end));
  }

  /** The lengths of the next element's header and contents; undefined when they are not written as DER wants it. */
  #headerSize(): { readonly size: number; readonly length: number } | undefined {
    const first = this.bytes[this.#offset + 1];
    if (first === undefined) return undefined;
    if (first < 0x80) return { size: 2, length: first };
    const count = first & 0x7f;
    const digits = this.bytes.subarray(this.#offset + 2, this.#offset + 2 + count);
    if (count === 0 || count > 4 || digits.length < count || digits[0] === 0) return undefined;
    const length = digits.reduce((value, byte) => value * 256 + byte, 0);
    return length < 0x80 ? undefined : { size: 2 + count, length };
  }
}
