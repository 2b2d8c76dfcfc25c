import { alignTo4, FLAG_REQUEST, HEADER_SIZE, NESTED } from "./protocol.ts";

const encoder = new TextEncoder();

/** Large enough for a single request; batches grow it. */
const INITIAL_SIZE = 512;

/**
 * Builds netlink messages one after the other in one buffer (RFC 3549 section 2.3). Integers are in host byte
 * order, which is little-endian on every machine that Kubelith runs on, except where a name says `be`.
 *
 *     const writer = new MessageWriter();
 *     writer.message(RTM_GETLINK, FLAG_ACK).bytes(header).string(IFLA_IFNAME, "eth0");
 *     socket.request(writer);
 */
export class MessageWriter {
  #buffer = new Uint8Array(INITIAL_SIZE);
  #view = new DataView(this.#buffer.buffer);
  #length = 0;
  readonly #headers: number[] = [];

  /** How many messages were begun. */
  get count(): number {
    return this.#headers.length;
  }

  /** Bytes of the messages so far. */
  get length(): number {
    return this.#length;
  }

  /** Ends the message before and begins one. `FLAG_REQUEST` is always set. */
  message(type: number, flags: number): this {
    this.#endMessage();
    this.#headers.push(this.#length);
    const at = this.#grow(HEADER_SIZE);
    this.#view.setUint16(at + 4, type, true);
    this.#view.setUint16(at + 6, flags | FLAG_REQUEST, true);
    return this;
  }

  /** Adds flags to the message begun last. */
  addFlags(flags: number): this {
    const at = (this.#headers.at(-1) ?? 0) + 6;
    this.#view.setUint16(at, this.#view.getUint16(at, true) | flags, true);
    return this;
  }

  /** Raw bytes, padded to the alignment: the fixed header of a message family. */
  bytes(bytes: Uint8Array): this {
    const at = this.#grow(alignTo4(bytes.length));
    this.#buffer.set(bytes, at);
    return this;
  }

  u8(type: number, value: number): this {
    const at = this.#attribute(type, 1);
    this.#view.setUint8(at, value);
    return this;
  }

  u16(type: number, value: number): this {
    const at = this.#attribute(type, 2);
    this.#view.setUint16(at, value, true);
    return this;
  }

  u32(type: number, value: number): this {
    const at = this.#attribute(type, 4);
    this.#view.setUint32(at, value, true);
    return this;
  }

  be16(type: number, value: number): this {
    const at = this.#attribute(type, 2);
    this.#view.setUint16(at, value);
    return this;
  }

  be32(type: number, value: number): this {
    const at = this.#attribute(type, 4);
    this.#view.setUint32(at, value);
    return this;
  }

  be64(type: number, value: bigint): this {
    const at = this.#attribute(type, 8);
    this.#view.setBigUint64(at, value);
    return this;
  }

  /** A string with its terminating zero. */
  string(type: number, value: string): this {
    const text = encoder.encode(value);
    const at = this.#attribute(type, text.length + 1);
    this.#buffer.set(text, at);
    return this;
  }

  binary(type: number, value: Uint8Array): this {
    const at = this.#attribute(type, value.length);
    this.#buffer.set(value, at);
    return this;
  }

  /** Like `binary` for a byte string, one character per byte. */
  byteString(type: number, value: string): this {
    const at = this.#attribute(type, value.length);
    for (let index = 0; index < value.length; index += 1) this.#buffer[at + index] = value.charCodeAt(index);
    return this;
  }

  /** Begins an attribute that contains attributes; pass the returned position to `end`. */
  begin(type: number): number {
    const at = this.#grow(4);
    this.#view.setUint16(at + 2, type | NESTED, true);
    return at;
  }

  end(position: number): this {
    this.#view.setUint16(position, this.#length - position, true);
    return this;
  }

  /** The messages, numbered from `firstSequence` on. The writer must not be used afterwards. */
  finish(firstSequence: number): Uint8Array {
    this.#endMessage();
    for (const [index, at] of this.#headers.entries()) {
      this.#view.setUint32(at + 8, (firstSequence + index) >>> 0, true);
    }
    return this.#buffer.subarray(0, this.#length);
  }

  #endMessage(): void {
    const at = this.#headers.at(-1);
    if (at !== undefined) this.#view.setUint32(at, this.#length - at, true);
  }

  /** Writes an attribute's header and returns where its value goes. */
  #attribute(type: number, size: number): number {
    const at = this.#grow(4 + alignTo4(size));
    this.#view.setUint16(at, 4 + size, true);
    this.#view.setUint16(at + 2, type, true);
    return at + 4;
  }

  /** Adds zero bytes at the end and returns where they start. */
  #grow(size: number): number {
    const at = this.#length;
    this.#length += size;
    if (this.#length > this.#buffer.length) this.#reallocate();
    return at;
  }

  #reallocate(): void {
    const buffer = new Uint8Array(Math.max(this.#buffer.length * 2, this.#length));
    buffer.set(this.#buffer);
    this.#buffer = buffer;
    this.#view = new DataView(buffer.buffer);
  }
}
