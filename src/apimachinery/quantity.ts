import { LruMap } from "#base/lru-map.ts";

/**
 * Numbers with a suffix, such as `500m` or `2Gi` (apimachinery `pkg/api/resource`). The API carries them as texts;
 * whoever computes with them parses them first. A quantity is a whole number of billionths, so that sums are exact.
 */
export interface ParsedQuantity {
  /** The value in billionths. */
  readonly nanos: bigint;
  readonly format: QuantityFormat;
  /** The text it was parsed from, when upstream writes that text and not the canonical one. */
  readonly text?: string;
}

export type QuantityFormat = "DecimalSI" | "BinarySI" | "DecimalExponent";

/** A text that is no quantity; the message is upstream's. */
export class QuantityError extends SyntaxError {
  override readonly name = "QuantityError";
}

const NANOS = 1_000_000_000n;
const NANO_EXPONENT = -9;

/** Larger binary quantities are cut down to it. */
const MAX_BINARY_NANOS = (2n ** 63n - 1n) * NANOS;

/** Nobody means such a number; computing with more digits would only cost time. */
const MAX_EXPONENT = 1000;
const MAX_DIGITS = 500;

const FORMAT_WRONG =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const SHAPE = /^([+-]?)0*([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/;

const BINARY_SUFFIXES = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL_SUFFIXES = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];

interface Suffix {
  readonly format: QuantityFormat;
  /** Power of ten, or of two for binary suffixes. */
  readonly exponent: number;
}

const SUFFIXES: ReadonlyMap<string, Suffix> = new Map([
  ...BINARY_SUFFIXES.map((text, index): [string, Suffix] => [
    text,
    { format: "BinarySI", exponent: index * 10 },
  ]),
  ...DECIMAL_SUFFIXES.map((text, index): [string, Suffix] => [
    text,
    { format: "DecimalSI", exponent: NANO_EXPONENT + index * 3 },
  ]),
]);

/** The objects of a cluster say few different quantities, and each is read many times. */
const recentlyParsed = new LruMap<string, ParsedQuantity>(1000);

/** Parses any accepted form: signs, fractions, suffixes and exponents. Throws a `QuantityError`. */
export function parseQuantity(text: string): ParsedQuantity {
  const known = recentlyParsed.get(text);
  if (known !== undefined) return known;
  const parsed = parseText(text);
  recentlyParsed.set(text, parsed);
  return parsed;
}

function parseText(text: string): ParsedQuantity {
  const match = SHAPE.exec(text);
  const [, sign = "", whole = "", fraction = "", suffixText = ""] = match ?? [];
  if (text === "" || match === null) throw new QuantityError(FORMAT_WRONG);
  if (whole.length + fraction.length > MAX_DIGITS) {
    throw new QuantityError("unable to parse numeric part of quantity");
  }
  const suffix = parseSuffix(suffixText);
  const digits = (whole === "" ? "0" : whole) + fraction;
  const size = magnitude(BigInt(digits), fraction.length, suffix);
  const nanos = sign === "-" ? -size : size;
  const isTiny = suffix.format === "BinarySI" && size > 0n && size < NANOS;
  const format = isTiny ? "DecimalSI" : suffix.format;
  return keepsText(digits, fraction, suffix) ? { nanos, format, text } : { nanos, format };
}

/** What the API writes after it has read `text`. Throws a `QuantityError`. */
export function canonicalQuantity(text: string): string {
  return isPlain(text) ? text : formatQuantity(parseQuantity(text));
}

/** The text with the largest suffix that needs no fraction: `1.5Gi` is `1536Mi`. */
export function formatQuantity({ nanos, format, text }: ParsedQuantity): string {
  if (text !== undefined) return text;
  if (nanos === 0n) return "0";
  const isWhole = nanos % NANOS === 0n;
  const units = nanos / NANOS;
  if (format === "BinarySI" && isWhole && (units <= -1024n || units >= 1024n)) {
    const [mantissa, times] = removeFactors(units, 1024n, BINARY_SUFFIXES.length - 1);
    return `${String(mantissa)}${BINARY_SUFFIXES[times] ?? ""}`;
  }
  return format === "DecimalExponent" ? formatExponent(nanos) : formatDecimal(nanos);
}

export function quantityOf(value: number | bigint, format: QuantityFormat = "DecimalSI"): ParsedQuantity {
  return { nanos: BigInt(value) * NANOS, format };
}

/** A quantity of `value` thousandths. */
export function milliQuantityOf(
  value: number | bigint,
  format: QuantityFormat = "DecimalSI",
): ParsedQuantity {
  return { nanos: (BigInt(value) * NANOS) / 1000n, format };
}

export const zeroQuantity: ParsedQuantity = quantityOf(0);

/** Negative, zero or positive, as `a` is less than, equal to or greater than `b`. */
export function compareQuantities(a: ParsedQuantity, b: ParsedQuantity): number {
  return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0;
}

/** The sum in the format of `a`, or of `b` when `a` is zero. */
export function addQuantities(a: ParsedQuantity, b: ParsedQuantity): ParsedQuantity {
  return { nanos: a.nanos + b.nanos, format: a.nanos === 0n ? b.format : a.format };
}

/** The difference in the format of `a`, or of `b` when `a` is zero. */
export function subtractQuantities(a: ParsedQuantity, b: ParsedQuantity): ParsedQuantity {
  return { nanos: a.nanos - b.nanos, format: a.nanos === 0n ? b.format : a.format };
}

/** The value as a whole number, rounded away from zero. Exact up to 2^53. */
export function quantityValue({ nanos }: ParsedQuantity): number {
  return Number(divideAwayFromZero(nanos, NANOS));
}

/** The value in thousandths, rounded away from zero. Exact up to 2^53. */
export function quantityMilliValue({ nanos }: ParsedQuantity): number {
  return Number(divideAwayFromZero(nanos, NANOS / 1000n));
}

/** The value as the nearest floating point number. */
export function quantityNumber({ nanos }: ParsedQuantity): number {
  return Number(nanos / NANOS) + Number(nanos % NANOS) / Number(NANOS);
}

export function isZeroQuantity({ nanos }: ParsedQuantity): boolean {
  return nanos === 0n;
}

export function isNegativeQuantity({ nanos }: ParsedQuantity): boolean {
  return nanos < 0n;
}

function parseSuffix(text: string): Suffix {
  const known = SUFFIXES.get(text);
  if (known !== undefined) return known;
  const exponent = /^[eE]([-+]?[0-9]+)$/.exec(text)?.[1];
  if (exponent === undefined || Math.abs(Number(exponent)) > MAX_EXPONENT) {
    throw new QuantityError("unable to parse quantity's suffix");
  }
  return { format: "DecimalExponent", exponent: Number(exponent) };
}

/** The absolute value in billionths, rounded up, within the limits. */
function magnitude(digits: bigint, decimals: number, { format, exponent }: Suffix): bigint {
  if (format === "BinarySI") {
    const nanos = digits * 2n ** BigInt(exponent) * NANOS;
    const rounded = divideAwayFromZero(nanos, 10n ** BigInt(decimals));
    return rounded > MAX_BINARY_NANOS ? MAX_BINARY_NANOS : rounded;
  }
  const power = exponent - decimals - NANO_EXPONENT;
  return power >= 0 ? digits * 10n ** BigInt(power) : divideAwayFromZero(digits, 10n ** BigInt(-power));
}

/**
 * Upstream's fast path keeps the text of a number that it takes for canonical, although `1.234` and `007` are not.
 * Objects must read back the same here and there, so the conditions are the same.
 */
function keepsText(digits: string, fraction: string, { format, exponent }: Suffix): boolean {
  if (format === "BinarySI") {
    const precision = 14 - digits.length - (exponent * 3) / 10;
    return fraction === "" && exponent > 0 && precision >= 0 && (Number(digits) & 7) !== 0;
  }
  const scale = exponent - fraction.length;
  if (digits.length > 18 || scale < NANO_EXPONENT || scale % 3 !== 0) return false;
  return !digits.endsWith("000") && !digits.startsWith("0");
}

/** Recognises the usual canonical texts without computing. */
function isPlain(text: string): boolean {
  const [, digits, suffix = ""] = /^([1-9][0-9]{0,4})([numkMGTPE]|[KMG]i)?$/.exec(text) ?? [];
  if (digits === undefined) return false;
  return suffix.endsWith("i") ? Number(digits) % 1024 !== 0 : !digits.endsWith("000");
}

function formatDecimal(nanos: bigint): string {
  const [mantissa, thousands] = removeFactors(nanos, 1000n, DECIMAL_SUFFIXES.length - 1);
  return `${String(mantissa)}${DECIMAL_SUFFIXES[thousands] ?? ""}`;
}

function formatExponent(nanos: bigint): string {
  const [mantissa, thousands] = removeFactors(nanos, 1000n, Number.POSITIVE_INFINITY);
  const exponent = NANO_EXPONENT + thousands * 3;
  return exponent === 0 ? String(mantissa) : `${String(mantissa)}e${String(exponent)}`;
}

/** Divides by `factor` as often as nothing is lost, at most `limit` times. `value` is not zero. */
function removeFactors(value: bigint, factor: bigint, limit: number): readonly [bigint, number] {
  let rest = value;
  let times = 0;
  while (times < limit && rest % factor === 0n) {
    rest /= factor;
    times++;
  }
  return [rest, times];
}

function divideAwayFromZero(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  if (value % divisor === 0n) return quotient;
  return value < 0n ? quotient - 1n : quotient + 1n;
}
