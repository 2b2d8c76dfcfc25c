/** The outermost structure of X.509 (RFC 5280 section 4.1, RFC 2986 section 4.2), without what is signed in it. */

const SEQUENCE = 0x30;
const BIT_STRING = 0x03;

interface Element {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Where each signed structure, a sequence of contents, algorithm and signature, ends. Undefined when the bytes are
 * anything but such structures one behind the other.
 */
export function findSignedStructures(bytes: Uint8Array): readonly number[] | undefined {
  const ends: number[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const outer = readElement(bytes, offset, bytes.length);
    if (outer?.tag !== SEQUENCE || !isSigned(bytes, outer)) return undefined;
    ends.push(outer.end);
    offset = outer.end;
  }
  return ends;
}

function isSigned(bytes: Uint8Array, { start, end }: Element): boolean {
  let offset = start;
  for (const tag of [SEQUENCE, SEQUENCE, BIT_STRING]) {
    const element = readElement(bytes, offset, end);
    if (element?.tag !== tag) return false;
    offset = element.end;
  }
  return offset === end;
}

/** The element at an offset; undefined when it does not end before `limit`. */
function readElement(bytes: Uint8Array, offset: number, limit: number): Element | undefined {
  const [tag, first] = [bytes[offset], bytes[offset + 1]];
  if (tag === undefined || first === undefined || offset + 2 > limit) return undefined;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  // DER has no indefinite lengths, and nothing here needs more than four bytes.
  if (first === 0x80 || lengthBytes > 4) return undefined;
  const start = offset + 2 + lengthBytes;
  const length =
    lengthBytes === 0
      ? first
      : bytes.subarray(offset + 2, start).reduce((value, byte) => value * 256 + byte, 0);
  return start + length > limit ? undefined : { tag, start, end: start + length };
}
