/** Bytes that are no CBOR, or CBOR that has no JSON form; in the words of fxamacker/cbor. */
export class CborError extends SyntaxError {
  override readonly name = "CborError";
}

/** Major types (RFC 8949 section 3.1). */
export const MAJOR = {
  unsigned: 0,
  negative: 1,
  bytes: 2,
  text: 3,
  array: 4,
  map: 5,
  tag: 6,
  simple: 7,
} as const;

const NAMES = [
  "positive integer",
  "negative integer",
  "byte string",
  "UTF-8 text string",
  "array",
  "map",
  "tag",
  "primitives",
];

/** Additional information that stands for the length of the argument behind it, or for no length at all. */
const [ONE_BYTE, TWO_BYTES, FOUR_BYTES, EIGHT_BYTES, INDEFINITE] = [24, 25, 26, 27, 31];

/** The first bytes of an item: what it is, and a number, length or tag. */
export interface Head {
  readonly major: number;
  readonly info: number;
  /** A bigint where a number would not be exact. */
  readonly argument: number | bigint;
  readonly isIndefinite: boolean;
  /** Where the item goes on. */
  readonly end: number;
}

/** Throws a `CborError` for a head that is incomplete or reserved. */
export function readHead(bytes: Buffer, at: number): Head {
  const first = byteAt(bytes, at);
  const major = first >> 5;
  const info = first & 0x1f;
  if (info < ONE_BYTE) return { major, info, argument: info, isIndefinite: false, end: at + 1 };
  if (info === INDEFINITE) return indefiniteHead(major, at + 1);
  if (info > EIGHT_BYTES) throw invalidInformation(info, major);
  const size = 2 ** (info - ONE_BYTE);
  if (at + 1 + size > bytes.length) throw unexpectedEnd();
  return { major, info, argument: argumentAt(bytes, at + 1, info), isIndefinite: false, end: at + 1 + size };
}

export function unexpectedEnd(): CborError {
  return new CborError("unexpected EOF");
}

export function nameOf(major: number): string {
  return NAMES[major] ?? "";
}

function argumentAt(bytes: Buffer, at: number, info: number): number | bigint {
  switch (info) {
    case ONE_BYTE:
      return bytes.readUInt8(at);
    case TWO_BYTES:
      return bytes.readUInt16BE(at);
    case FOUR_BYTES:
      return bytes.readUInt32BE(at);
    default: {
      const argument = bytes.readBigUInt64BE(at);
      return argument <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(argument) : argument;
    }
  }
}

function indefiniteHead(major: number, end: number): Head {
  if (major === MAJOR.simple) throw new CborError('cbor: unexpected "break" code');
  if (major < MAJOR.bytes || major === MAJOR.tag) throw invalidInformation(INDEFINITE, major);
  return { major, info: INDEFINITE, argument: 0, isIndefinite: true, end };
}

function invalidInformation(info: number, major: number): CborError {
  return new CborError(`cbor: invalid additional information ${String(info)} for type ${nameOf(major)}`);
}

function byteAt(bytes: Buffer, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw unexpectedEnd();
  return byte;
}
