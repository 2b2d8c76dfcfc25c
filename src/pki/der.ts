/**
 * Distinguished Encoding Rules (X.690), as much as certificates need. Every function returns one complete
 * tag-length-value element.
 */
const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Years that UTCTime can express end here (RFC 5280 section 4.1.2.5). */
const FIRST_GENERALIZED_YEAR = 2050;

export function sequence(...elements: readonly Uint8Array[]): Uint8Array {
  return element(TAG.sequence, ...elements);
}

/** A set of one element; sets of several would have to be sorted. */
export function setOfOne(member: Uint8Array): Uint8Array {
  return element(TAG.set, member);
}

export function boolean(value: boolean): Uint8Array {
  return element(TAG.boolean, Uint8Array.of(value ? 0xff : 0));
}

/** A non-negative integer from its big-endian magnitude. */
export function integer(magnitude: Uint8Array): Uint8Array {
  const start = magnitude.findIndex((byte) => byte !== 0);
  const digits = start < 0 ? Uint8Array.of(0) : magnitude.subarray(start);
  const isNegative = (digits[0] ?? 0) >= 0x80;
  return isNegative ? element(TAG.integer, Uint8Array.of(0), digits) : element(TAG.integer, digits);
}

/** `unusedBits` counts the bits of the last byte that do not belong to the string. */
export function bitString(bytes: Uint8Array, unusedBits = 0): Uint8Array {
  return element(TAG.bitString, Uint8Array.of(unusedBits), bytes);
}

export function octetString(bytes: Uint8Array): Uint8Array {
  return element(TAG.octetString, bytes);
}

export function utf8String(text: string): Uint8Array {
  return element(TAG.utf8String, new TextEncoder().encode(text));
}

/** An object identifier in dotted form, such as `2.5.4.3`. */
export function objectIdentifier(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return element(TAG.objectIdentifier, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)));
}

/** Whole seconds since the epoch in UTC. */
export function time(milliseconds: number): Uint8Array {
  const date = new Date(milliseconds);
  const digits = date
    .toISOString()
    .replace(/\.\d+Z$/, "Z")
    .replaceAll(/[-:T]/g, "");
  const isShort = date.getUTCFullYear() < FIRST_GENERALIZED_YEAR;
  const bytes = new TextEncoder().encode(isShort ? digits.slice(2) : digits);
  return element(isShort ? TAG.utcTime : TAG.generalizedTime, bytes);
}

/** A context-specific element around complete elements: `[n] EXPLICIT`. */
export function explicit(tag: number, inner: Uint8Array): Uint8Array {
  return element(0xa0 | tag, inner);
}

/** A context-specific element that replaces a primitive's own tag: `[n] IMPLICIT`. */
export function implicit(tag: number, content: Uint8Array): Uint8Array {
  return element(0x80 | tag, content);
}

function element(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const size = contents.reduce((sum, content) => sum + content.length, 0);
  const header = [tag, ...lengthOf(size)];
  const out = new Uint8Array(header.length + size);
  out.set(header);
  let offset = header.length;
  for (const content of contents) {
    out.set(content, offset);
    offset += content.length;
  }
  return out;
}

function lengthOf(size: number): number[] {
  if (size < 0x80) return [size];
  const bytes: number[] = [];
  for (let rest = size; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 | bytes.length, ...bytes];
}

function base128(value: number): number[] {
  const bytes = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.unshift(0x80 | (rest % 128));
  }
  return bytes;
}
