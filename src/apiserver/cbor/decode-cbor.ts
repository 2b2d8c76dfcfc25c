import { MAX_DEPTH } from "#apimachinery/codec/parse-json.ts";
import { exactNumber } from "#apimachinery/exact-json.ts";
import { setField } from "#apimachinery/json-value.ts";
import { CborError, type Head, MAJOR, nameOf, readHead, unexpectedEnd } from "./cbor-head.ts";
import { timeOfNumber, timeOfText } from "./tagged-time.ts";

const BREAK = 0xff;
const MAX_INT64 = 2n ** 63n - 1n;

const TAG = { timeText: 0, timeNumber: 1, bignum: 2, negativeBignum: 3 } as const;

type TextOfBytes = (bytes: Buffer) => string;

/** How the bytes inside a tag are expected to be written in JSON (RFC 8949 section 3.4.5.2). */
const LATER_ENCODINGS: ReadonlyMap<number | bigint, TextOfBytes> = new Map<number, TextOfBytes>([
  [21, (bytes) => bytes.toString("base64url")],
  [22, (bytes) => bytes.toString("base64")],
  [23, (bytes) => bytes.toString("hex")],
]);

/**
 * The JSON value of one CBOR item, by the rules of apimachinery `pkg/runtime/serializer/cbor`: strings may be text or
 * bytes, keys must be strings and no two of them the same, and there is nothing that JSON does not have. Throws a
 * `CborError`.
 */
export function decodeCbor(bytes: Buffer): unknown {
  if (bytes.length === 0) throw new CborError("EOF");
  return new CborDecoder(bytes).decode();
}

class CborDecoder {
  readonly #bytes: Buffer;
  readonly #utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #at = 0;
  #depth = 0;
  #textOfBytes: TextOfBytes = plainText;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  decode(): unknown {
    const value = this.#readValue();
    const rest = this.#bytes.length - this.#at;
    if (rest === 0) return value;
    throw new CborError(
      `cbor: ${String(rest)} bytes of extraneous data starting at index ${String(this.#at)}`,
    );
  }

  #readValue(): unknown {
    const head = this.#nextHead();
    switch (head.major) {
      case MAJOR.unsigned:
        return integerOf(head, BigInt(head.argument));
      case MAJOR.negative:
        return integerOf(head, -1n - BigInt(head.argument));
      case MAJOR.bytes:
      case MAJOR.text:
        return this.#readString(head);
      case MAJOR.array:
        return this.#nested(() => this.#readArray(head));
      case MAJOR.map:
        return this.#nested(() => this.#readMap(head));
      case MAJOR.tag:
        return this.#nested(() => this.#readTagged(head));
      default:
        return this.#simpleValue(head);
    }
  }

  #nextHead(): Head {
    const head = readHead(this.#bytes, this.#at);
    this.#at = head.end;
    return head;
  }

  #nested<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new CborError(`cbor: exceeded max nested level ${String(MAX_DEPTH)}`);
    const value = read();
    this.#depth -= 1;
    return value;
  }

  #readArray(head: Head): unknown[] {
    const items: unknown[] = [];
    while (this.#hasMore(head, items.length)) items.push(this.#readValue());
    return items;
  }

  #readMap(head: Head): object {
    const map: Record<string, unknown> = {};
    for (let index = 0; this.#hasMore(head, index); index += 1) {
      const key = this.#readKey();
      if (Object.hasOwn(map, key)) {
        throw new CborError(`cbor: found duplicate map key "${key}" at map element index ${String(index)}`);
      }
      setField(map, key, this.#readValue());
    }
    return map;
  }

  #readKey(): string {
    const head = this.#nextHead();
    if (head.major === MAJOR.bytes || head.major === MAJOR.text) return this.#readString(head, plainText);
    throw new CborError(`cbor: cannot unmarshal ${nameOf(head.major)} into Go value of type string`);
  }

  /** Whether a list or map that has had `count` members goes on; what has no length ends with a break. */
  #hasMore({ isIndefinite, argument }: Head, count: number): boolean {
    if (!isIndefinite) return count < argument;
    if (this.#bytes[this.#at] !== BREAK) return true;
    this.#at += 1;
    return false;
  }

  #readString(head: Head, textOfBytes = this.#textOfBytes): string {
    const bytes = head.isIndefinite ? this.#readChunks(head) : this.#take(head.argument);
    return head.major === MAJOR.bytes ? textOfBytes(bytes) : this.#textOf(bytes);
  }

  #readChunks(head: Head): Buffer {
    const chunks: Buffer[] = [];
    while (this.#hasMore(head, 0)) {
      const chunk = this.#nextHead();
      if (chunk.major !== head.major) {
        throw new CborError(
          `cbor: wrong element type ${nameOf(chunk.major)} for indefinite-length ${nameOf(head.major)}`,
        );
      }
      if (chunk.isIndefinite) {
        throw new CborError(`cbor: indefinite-length ${nameOf(head.major)} chunk is not definite-length`);
      }
      chunks.push(this.#take(chunk.argument));
    }
    return Buffer.concat(chunks);
  }

  #textOf(bytes: Buffer): string {
    try {
      return this.#utf8.decode(bytes);
    } catch (cause) {
      throw new CborError("cbor: invalid UTF-8 string", { cause });
    }
  }

  #take(length: number | bigint): Buffer {
    const end = this.#at + Number(length);
    if (end > this.#bytes.length) throw unexpectedEnd();
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  /** Tags that say nothing about the JSON of their content, such as the one that only says that this is CBOR, are passed over. */
  #readTagged({ argument: tag }: Head): unknown {
    if (tag === TAG.bignum || tag === TAG.negativeBignum) throw unacceptable("tag", "bignum");
    if (tag === TAG.timeText || tag === TAG.timeNumber) return this.#readTime(tag === TAG.timeText);
    const outer = this.#textOfBytes;
    this.#textOfBytes = LATER_ENCODINGS.get(tag) ?? outer;
    const content = this.#readValue();
    this.#textOfBytes = outer;
    return content;
  }

  #readTime(isText: boolean): string {
    const { major } = readHead(this.#bytes, this.#at);
    if (isText && major !== MAJOR.text) {
      throw new CborError(`cbor: tag number 0 must be followed by text string, got ${nameOf(major)}`);
    }
    const content = this.#readValue();
    if (!isText && typeof content !== "number") {
      throw new CborError(
        `cbor: tag number 1 must be followed by integer or floating-point number, got ${nameOf(major)}`,
      );
    }
    return typeof content === "number" ? timeOfNumber(content) : timeOfText(String(content));
  }

  #simpleValue({ info, argument, end }: Head): unknown {
    switch (info) {
      case 20:
        return false;
      case 21:
        return true;
      case 22:
        return null;
      case 25:
        return finite(halfAt(this.#bytes, end - 2));
      case 26:
        return finite(this.#bytes.readFloatBE(end - 4));
      case 27:
        return finite(this.#bytes.readDoubleBE(end - 8));
      default:
        throw simpleValueError(info, argument);
    }
  }
}

/** Strings that nothing is said about are UTF-8. */
function plainText(bytes: Buffer): string {
  return bytes.toString();
}

function integerOf({ major }: Head, value: bigint): number | bigint {
  if (value <= MAX_INT64 && value >= -1n - MAX_INT64) return exactNumber(Number(value), String(value));
  throw new CborError(
    `cbor: cannot unmarshal ${nameOf(major)} into Go value of type int64 (${String(value)} overflows Go's int64)`,
  );
}

function halfAt(bytes: Buffer, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + at, 2).getFloat16(0);
}

function finite(value: number): number {
  if (Number.isFinite(value)) return value;
  throw unacceptable("primitives", `floating-point ${Number.isNaN(value) ? "NaN" : "infinity"}`);
}

/** Simple values below 32 have no second byte, so that one with a second byte is malformed. */
function simpleValueError(info: number, argument: number | bigint): CborError {
  const isMalformed = info === 24 && argument < 32;
  if (isMalformed) return new CborError(`cbor: invalid simple value ${String(argument)} for type primitives`);
  return unacceptable("primitives", `simple value ${String(argument)} is not recognized`);
}

function unacceptable(type: string, problem: string): CborError {
  return new CborError(`cbor: data item of cbor type ${type} is not accepted by protocol: ${problem}`);
}
