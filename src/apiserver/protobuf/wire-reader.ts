/** A message that ends early, or has a field of a kind that protobuf does not know; in gogo/protobuf's words. */
export class WireError extends SyntaxError {
  override readonly name = "WireError";
}

/** Kinds of fields: a number, eight bytes, bytes with their length, the start and end of a group, four bytes. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, groupStart: 3, groupEnd: 4, fixed32: 5 } as const;

/** What comes before the value of a field. */
export interface Tag {
  /** Of both together. */
  readonly value: number;
  readonly field: number;
  readonly wireType: number;
}

/** Bits of a number that a JavaScript number adds up without loss. */
const SAFE_BITS = 49;

/** Reads the fields of one protobuf message. */
export class WireReader {
  readonly #bytes: Buffer;
  #at: number;
  readonly #end: number;

  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#end;
  }

  readTag(): Tag {
    const value = this.readUnsigned();
    return { value, field: Math.floor(value / 8), wireType: value % 8 };
  }

  /** A number without sign; beyond 2^53 it is not exact. */
  readUnsigned(): number {
    return this.#readShort() ?? Number(this.#readVarint());
  }

  /** A number of 64 bits with its sign. */
  readSigned(): number {
    return this.#readShort() ?? Number(BigInt.asIntN(64, this.#readVarint()));
  }

  /** A number of 32 bits with its sign; more bits are dropped. */
  readInt32(): number {
    return this.readSigned() | 0;
  }

  /** The bytes of a field with a length, not copied. */
  readBytes(): Buffer {
    const start = this.#at;
    return this.#bytes.subarray(this.#skipBytes(start), this.#at);
  }

  readText(): string {
    const start = this.#skipBytes(this.#at);
    return this.#bytes.toString("utf8", start, this.#at);
  }

  /** A reader of the message in a field. */
  readMessage(): WireReader {
    const start = this.#skipBytes(this.#at);
    return new WireReader(this.#bytes, start, this.#at);
  }

  readDouble(): number {
    this.#advance(8);
    return this.#bytes.readDoubleLE(this.#at - 8);
  }

  /** Passes over a field that nobody knows, with all that is in it. */
  skip(wireType: number): void {
    let depth = 0;
    let current = wireType;
    for (;;) {
      if (current === WIRE.groupStart) depth += 1;
      else if (current === WIRE.groupEnd) depth -= 1;
      else this.#skipValue(current);
      if (depth < 0) throw new WireError("proto: unexpected end of group");
      if (depth === 0) return;
      current = this.readTag().wireType;
    }
  }

  #skipValue(wireType: number): void {
    switch (wireType) {
      case WIRE.varint:
        this.#readVarint();
        break;
      case WIRE.fixed64:
        this.#advance(8);
        break;
      case WIRE.bytes:
        this.#skipBytes(this.#at);
        break;
      case WIRE.fixed32:
        this.#advance(4);
        break;
      default:
        throw new WireError(`proto: illegal wireType ${String(wireType)}`);
    }
  }

  /** Passes over a length and as many bytes; answers where the bytes begin. */
  #skipBytes(at: number): number {
    this.#at = at;
    const length = this.readUnsigned();
    if (length >= 2 ** 63) throw new WireError("proto: negative length found during unmarshaling");
    const start = this.#at;
    this.#advance(length);
    return start;
  }

  /** Undefined, with nothing read, for a number that has more bits. */
  #readShort(): number | undefined {
    const start = this.#at;
    let value = 0;
    let scale = 1;
    for (let shift = 0; shift < SAFE_BITS; shift += 7) {
      const byte = this.#readByte();
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
      if (byte < 0x80) return value;
    }
    this.#at = start;
    return undefined;
  }

  #readVarint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 64n; shift += 7n) {
      const byte = this.#readByte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new WireError("proto: integer overflow");
  }

  #readByte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined || this.#at >= this.#end) throw new WireError("unexpected EOF");
    this.#at += 1;
    return byte;
  }

  #advance(count: number): void {
    if (this.#at + count > this.#end) throw new WireError("unexpected EOF");
    this.#at += count;
  }
}
