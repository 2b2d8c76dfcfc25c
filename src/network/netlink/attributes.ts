import { NetlinkError } from "./netlink-error.ts";
import { ATTRIBUTE_TYPE_MASK, alignTo4 } from "./protocol.ts";

const decoder = new TextDecoder();

interface Attribute {
  readonly type: number;
  readonly value: Uint8Array;
}

/**
 * The attributes of a message, read in place. Getters return undefined for an attribute that is absent and
 * throw a `malformed` NetlinkError for one that is too short. Unknown attributes are ignored, as the protocol asks.
 */
export class Attributes {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  *[Symbol.iterator](): Generator<Attribute> {
    const bytes = this.#bytes;
    for (let at = 0; at + 4 <= bytes.length; ) {
      const size = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
      if (size < 4 || at + size > bytes.length)
        throw NetlinkError.malformed("attribute exceeds its container");
      const type = ((bytes[at + 2] ?? 0) | ((bytes[at + 3] ?? 0) << 8)) & ATTRIBUTE_TYPE_MASK;
      yield { type, value: bytes.subarray(at + 4, at + size) };
      at += alignTo4(size);
    }
  }

  binary(type: number): Uint8Array | undefined {
    for (const attribute of this) if (attribute.type === type) return attribute.value;
    return undefined;
  }

  has(type: number): boolean {
    return this.binary(type) !== undefined;
  }

  u8(type: number): number | undefined {
    return this.#view(type, 1)?.getUint8(0);
  }

  u16(type: number): number | undefined {
    return this.#view(type, 2)?.getUint16(0, true);
  }

  u32(type: number): number | undefined {
    return this.#view(type, 4)?.getUint32(0, true);
  }

  be16(type: number): number | undefined {
    return this.#view(type, 2)?.getUint16(0);
  }

  be32(type: number): number | undefined {
    return this.#view(type, 4)?.getUint32(0);
  }

  be64(type: number): bigint | undefined {
    return this.#view(type, 8)?.getBigUint64(0);
  }

  /** The text up to its terminating zero. */
  string(type: number): string | undefined {
    const bytes = this.binary(type);
    if (bytes === undefined) return undefined;
    const end = bytes.indexOf(0);
    return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
  }

  /** The value as a byte string, one character per byte. */
  byteString(type: number): string | undefined {
    const bytes = this.binary(type);
    return bytes && toByteString(bytes);
  }

  nested(type: number): Attributes | undefined {
    const bytes = this.binary(type);
    return bytes && new Attributes(bytes);
  }

  #view(type: number, size: number): DataView | undefined {
    const bytes = this.binary(type);
    if (bytes === undefined) return undefined;
    if (bytes.length < size) throw NetlinkError.malformed(`attribute ${String(type)} is too short`);
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }
}

export function toByteString(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}
