/** Elements of DER (X.690), as Go's `encoding/asn1` reads them and with what it says of those that it cannot read. */

/** The message is that of Go. */
export class Asn1Error extends SyntaxError {
  override readonly name = "Asn1Error";
}

/** What must stand at a place. */
export interface Asn1Type {
  readonly tag: number;
  readonly isCompound: boolean;
  /** What the type is called in Go. */
  readonly goType: string;
}

interface Header {
  readonly tagClass: number;
  readonly tag: number;
  readonly isCompound: boolean;
  readonly length: number;
}

export interface TaggedElement {
  /** 2 for those of the context. */
  readonly tagClass: number;
  readonly tag: number;
  readonly contents: Uint8Array;
}

const MAX_INT32 = 2 ** 31 - 1;
/** What Go prints of a field without options. */
const NO_OPTIONS =
  "{optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false}";

export function sequenceOf(goType: string): Asn1Type {
  return { tag: 16, isCompound: true, goType };
}

export const INTEGER: Asn1Type = { tag: 2, isCompound: false, goType: "int" };
export const BIT_STRING: Asn1Type = { tag: 3, isCompound: false, goType: "BitString" };
export const OBJECT_IDENTIFIER: Asn1Type = { tag: 6, isCompound: false, goType: "ObjectIdentifier" };

/** Reads the elements of some bytes one after the other. */
export class Asn1Reader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#offset === this.#bytes.length;
  }

  /** The contents of the next element, which must be of this type. Throws an `Asn1Error`, as the others do. */
  read({ tag, isCompound, goType }: Asn1Type): Uint8Array {
    const { header, start } = this.#readHeader();
    if (header.tagClass !== 0 || header.tag !== tag || header.isCompound !== isCompound) {
      const found = `{class:${String(header.tagClass)} tag:${String(header.tag)} length:${String(header.length)} isCompound:${String(header.isCompound)}}`;
      throw structural(
        `tags don't match (${String(tag)} vs ${found}) ${NO_OPTIONS} ${goType} @${String(start)}`,
      );
    }
    return this.#take(header, start);
  }

  /** The next element as it is, whatever it is. */
  readAny(): Uint8Array {
    const first = this.#offset;
    const { header, start } = this.#readHeader();
    this.#take(header, start);
    return this.#bytes.subarray(first, this.#offset);
  }

  /** The text of the next element; undefined when it is something else. */
  readText(): string | undefined {
    const { header, start } = this.#readHeader();
    return textOf(header.tag, this.#take(header, start));
  }

  /** The next element with its tag, for those that stand in place of others (`[n]`). */
  readTagged(): TaggedElement {
    const { header, start } = this.#readHeader();
    return { tagClass: header.tagClass, tag: header.tag, contents: this.#take(header, start) };
  }

  /** As `readAny`, of an element that may be missing. */
  readOptional(): Uint8Array | undefined {
    return this.isAtEnd ? undefined : this.readAny();
  }

  #take({ length }: Header, start: number): Uint8Array {
    if (start + length > this.#bytes.length) throw syntax("data truncated");
    this.#offset = start + length;
    return this.#bytes.subarray(start, this.#offset);
  }

  #readHeader(): { readonly header: Header; readonly start: number } {
    if (this.isAtEnd) throw syntax("sequence truncated");
    const first = this.#next("internal error in parseTagAndLength");
    const short = first & 0x1f;
    const tag = short === 0x1f ? this.#readLongTag() : short;
    const length = this.#readLength();
    const header = { tagClass: first >> 6, tag, isCompound: (first & 0x20) !== 0, length };
    return { header, start: this.#offset };
  }

  #readLongTag(): number {
    let tag = 0;
    for (let count = 0; ; count++) {
      if (count === 5) throw structural("base 128 integer too large");
      const byte = this.#next("truncated base 128 integer");
      if (count === 0 && byte === 0x80) throw syntax("integer is not minimally encoded");
      tag = tag * 128 + (byte & 0x7f);
      if ((byte & 0x80) === 0) break;
    }
    if (tag > MAX_INT32) throw structural("base 128 integer too large");
    if (tag < 0x1f) throw syntax("non-minimal tag");
    return tag;
  }

  #readLength(): number {
    const first = this.#next("truncated tag or length");
    if ((first & 0x80) === 0) return first;
    const count = first & 0x7f;
    if (count === 0) throw syntax("indefinite length found (not DER)");
    let length = 0;
    for (let index = 0; index < count; index++) {
      const byte = this.#next("truncated tag or length");
      if (length >= 2 ** 23) throw structural("length too large");
      length = length * 256 + byte;
      if (length === 0) throw structural("superfluous leading zeros in length");
    }
    if (length < 0x80) throw structural("non-minimal length");
    return length;
  }

  #next(problem: string): number {
    const byte = this.#bytes[this.#offset];
    if (byte === undefined) throw syntax(problem);
    this.#offset++;
    return byte;
  }
}

/** UTF8String, NumericString, PrintableString, T61String and IA5String. */
const TEXTS: readonly number[] = [12, 18, 19, 20, 22];

/** Two bytes for each character, the higher one first. */
const BMP_STRING = 30;

function textOf(tag: number, contents: Uint8Array): string | undefined {
  if (TEXTS.includes(tag)) return new TextDecoder().decode(contents);
  if (tag !== BMP_STRING) return undefined;
  const codes = Array.from({ length: contents.length >> 1 }, (_, index) => {
    const [high = 0, low = 0] = contents.subarray(2 * index);
    return high * 256 + low;
  });
  return String.fromCharCode(...codes);
}

/** The bytes of a bit string. */
export function bitStringBytes(contents: Uint8Array): Uint8Array {
  const [padding] = contents;
  if (padding === undefined) throw syntax("zero length BIT STRING");
  const last = contents.at(-1) ?? 0;
  const isPadded = padding <= 7 && (contents.length > 1 || padding === 0);
  if (!isPadded || (last & ((1 << padding) - 1)) !== 0) throw syntax("invalid padding bits in BIT STRING");
  return contents.subarray(1);
}

/** An object identifier in dotted form, such as `2.5.4.3`. */
export function objectIdentifier(contents: Uint8Array): string {
  if (contents.length === 0) throw syntax("zero length OBJECT IDENTIFIER");
  const values: number[] = [];
  let value = 0;
  for (const byte of contents) {
    value = value * 128 + (byte & 0x7f);
    if (value > MAX_INT32) throw structural("base 128 integer too large");
    if ((byte & 0x80) !== 0) continue;
    values.push(value);
    value = 0;
  }
  if ((contents.at(-1) ?? 0) >= 0x80) throw syntax("truncated base 128 integer");
  const [first = 0, ...rest] = values;
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - root * 40, ...rest].join(".");
}

export function checkInteger(contents: Uint8Array): void {
  const [first = 0, second = 0] = contents;
  if (contents.length === 0) throw structural("empty integer");
  const isPadded =
    contents.length > 1 && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80));
  if (isPadded) throw structural("integer not minimally-encoded");
  if (contents.length > 8) throw structural("integer too large");
}

export function syntax(problem: string): Asn1Error {
  return new Asn1Error(`asn1: syntax error: ${problem}`);
}

function structural(problem: string): Asn1Error {
  return new Asn1Error(`asn1: structure error: ${problem}`);
}
