/**
 * JSON whose whole numbers keep all their digits, as they do in Go: those of 64 bits that JavaScript's numbers cannot
 * tell from their neighbours are bigints. Nothing that holds in another way is ever one.
 */

/** Shorter numbers are exact. */
const LONG_NUMBER = /\d{16}/;
/** Only a number with an exponent can be short and beyond all floating point numbers. */
const HUGE_NUMBER = /(?:^|[:,[\s])-?\d[\d.]*[eE]\+?\d{3}/;
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

/**
 * The same for a text that comes from a client. Throws a SyntaxError in the words of Go for a number that would be
 * infinite, which JSON cannot say.
 */
export function parseFiniteJson(text: string): unknown {
  return LONG_NUMBER.test(text) || HUGE_NUMBER.test(text) ? json.parse(text, revive) : JSON.parse(text);
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
  if (typeof value !== "number") return value;
  if (Number.isFinite(value)) return exactNumber(value, source);
  throw new SyntaxError(`json: cannot unmarshal number ${source} into Go value of type float64`);
}
