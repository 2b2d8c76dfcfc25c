/**
 * JSON whose whole numbers keep all their digits, as they do in Go: those of 64 bits that JavaScript's numbers cannot
 * tell from their neighbours are bigints. Nothing that holds in another way is ever one.
 */

/** Shorter numbers are exact. */
const LONG_NUMBER = /\d{16}/;
const INTEGER = /^[+-]?\d+$/;

interface ExactJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
}

// The compiler does not know of what has come with ES2026.
const json = JSON as unknown as ExactJson;

// `JSON.stringify` refuses bigints that do not say how they are written.
Object.defineProperty(BigInt.prototype, "toJSON", {
  value(this: bigint) {
    return json.rawJSON(this.toString());
  },
});

/** As `JSON.parse`. */
export function parseExactJson(text: string): unknown {
  return LONG_NUMBER.test(text) ? json.parse(text, revive) : JSON.parse(text);
}

/** A number that was written as this text. */
export function exactNumber(value: number, source: string): number | bigint {
  if (Number.isSafeInteger(value) || !Number.isInteger(value) || !INTEGER.test(source)) return value;
  const exact = BigInt(source.replace(/^\+/, ""));
  // Go reads what needs more than 64 bits as a floating point number, too.
  return exact === BigInt.asIntN(64, exact) ? exact : value;
}

/** Whether a value is a whole number, in either form. */
export function isWhole(value: unknown): value is number | bigint {
  return typeof value === "bigint" || Number.isInteger(value);
}

function revive(_key: string, value: unknown, { source = "" }: { readonly source?: string }): unknown {
  return typeof value === "number" ? exactNumber(value, source) : value;
}
