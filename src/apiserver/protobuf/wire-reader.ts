/** A message that ends early, or has a field of a kind that protobuf does not know; in gogo/protobuf's words. */
export class WireError extends SyntaxError {
  override readonly name = "WireError";
}

export type WireType = 0 | 1 | 2 | 5;

/** Reads the fields of one protobuf message (encoding of proto2 and proto3, without groups). */
export class WireReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#position >= this.#bytes.length;
  }

  readTag(): { readonly field: number; readonly wireType: WireType } {
    const tag = Number(this.readVarint());
    const wireType = tag % 8;
    if (wireType !== 0 && wireType !== 1 && wireType !== 2 && wireType !== 5) {
      throw new WireError(`proto: illegal wireType ${String(wireType)}`);
    }
    const field = Math.floor(tag / 8);
    if (field <= 0)
      throw new WireError(`proto: illegal tag ${String(field)} (wire type ${String(wireType)})`);
    return { field, wireType };
  }

  /** At most 64 bits, without sign. */
  readVarint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#position];
      if (byte === undefined) throw new WireError("unexpected EOF");
      this.#position += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new WireError("proto: integer overflow");
  }

  /** The bytes of a length-delimited field, not copied. */
  readBytes(): Buffer {
    return this.#take(Number(this.readVarint()));
  }

  readDouble(): number {
    return this.#take(8).readDoubleLE();
  }

  /** Passes over a field that nobody knows. */
  skip(wireType: WireType): void {
    switch (wireType) {
      case 0:
        this.readVarint();
        break;
      case 1:
        this.#take(8);
        break;
      case 2:
        this.readBytes();
        break;
      case 5:
        this.#take(4);
        break;
    }
  }

  #take(length: number): Buffer {
    const end = this.#position + length;
    if (end > this.#bytes.length) throw new WireError("unexpected EOF");
    const taken = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return taken;
  }
}
