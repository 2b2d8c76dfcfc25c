import { createInflate } from "node:zlib";
import { HEADER_DICTIONARY } from "./header-dictionary.ts";
import { SpdyError } from "./spdy-error.ts";

/** Headers by their lower-case names. */
export type SpdyHeaders = Readonly<Record<string, string>>;

/** Far beyond what streams of Kubernetes carry: three headers of a few characters. */
const MAX_BLOCK_BYTES = 64 * 1024;

/** The header of a zlib stream (RFC 1950) that names its dictionary by its Adler-32. */
const ZLIB_HEADER = Buffer.from("7820e3c6a7c2", "hex");

/** An empty stored block: tells the reader that it has everything so far (zlib `Z_SYNC_FLUSH`). */
const SYNC_FLUSH = Buffer.from("000000ffff", "hex");

/** The longest block that deflate stores as it is. */
const MAX_STORED_BYTES = 0xffff;

/**
 * Writes the header blocks of one direction of a connection. All of them are one zlib stream; it may consist of
 * stored blocks, which need no state between them.
 */
export class HeaderEncoder {
  #hasBegun = false;

  /** Throws a RangeError for headers of more than 64 kB. */
  encode(headers: SpdyHeaders): Buffer {
    const content = formatHeaders(headers);
    if (content.length > MAX_STORED_BYTES) throw new RangeError("Headers are too long for one block");
    const stored = Buffer.alloc(5);
    stored.writeUInt16LE(content.length, 1);
    stored.writeUInt16LE(content.length ^ 0xffff, 3);
    const begin = this.#hasBegun ? [] : [ZLIB_HEADER];
    this.#hasBegun = true;
    return Buffer.concat([...begin, stored, content, SYNC_FLUSH]);
  }
}

/** Reads the header blocks of one direction of a connection, in the order in which they came. */
export class HeaderDecoder implements Disposable {
  readonly #inflate = createInflate({ dictionary: HEADER_DICTIONARY });
  #pieces: Buffer[] = [];
  #size = 0;

  constructor() {
    this.#inflate.on("data", (piece: Buffer) => {
      this.#size += piece.length;
      this.#pieces.push(piece);
      if (this.#size > MAX_BLOCK_BYTES) this.#inflate.destroy();
    });
  }

  /** Rejects with a `SpdyError`; the decoder is of no use afterwards. One block at a time. */
  async decode(block: Uint8Array): Promise<SpdyHeaders> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#inflate.once("error", reject);
    this.#inflate.write(block, (error) => (error ? reject(error) : resolve()));
    try {
      await promise;
    } catch (cause) {
      throw new SpdyError("Cannot decompress headers", { cause });
    } finally {
      this.#inflate.off("error", reject);
    }
    if (this.#size > MAX_BLOCK_BYTES) throw new SpdyError("Headers are too long");
    const content = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#size = 0;
    return parseHeaders(content);
  }

  [Symbol.dispose](): void {
    this.#inflate.on("error", () => undefined);
    this.#inflate.destroy();
  }
}

function formatHeaders(headers: SpdyHeaders): Buffer {
  const texts = Object.entries(headers).flat();
  return Buffer.concat([
    uint32(texts.length / 2),
    ...texts.flatMap((text) => [uint32(Buffer.byteLength(text)), Buffer.from(text)]),
  ]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A count, then names and values, each behind its length. */
function parseHeaders(content: Buffer): SpdyHeaders {
  let at = 0;
  const take = (length: number): Buffer => {
    if (at + length > content.length) throw new SpdyError("Headers end too early");
    at += length;
    return content.subarray(at - length, at);
  };
  const takeNumber = (): number => take(4).readUInt32BE();
  const count = takeNumber();
  const headers = new Map<string, string>();
  for (let index = 0; index < count; index += 1) {
    const name = take(takeNumber()).toString().toLowerCase();
    headers.set(name, take(takeNumber()).toString());
  }
  return Object.fromEntries(headers);
}
