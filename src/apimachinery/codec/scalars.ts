import { formatDuration, parseDuration } from "../duration.ts";
import { canonicalQuantity } from "../quantity.ts";
import type { ScalarType } from "../schema.ts";
import { canonicalMicroTime, canonicalTime } from "../time.ts";

/** A value of the wrong JSON type. Who reports it works out the path and the words. */
export class TypeMismatch extends Error {}

/** Turns a JSON value, null excluded, into what the API writes for it. */
export type ScalarDecoder = (value: unknown) => unknown;

/** The largest whole number below 2^63 that a floating point number can hold. */
const MAX_INT64 = 2 ** 63 - 1024;

/**
 * Throw a `TypeMismatch` for a value of another type, and a `SyntaxError` with the message of upstream's parser for
 * a text that has the wrong form.
 */
export const scalarDecoders: Readonly<Record<ScalarType, ScalarDecoder>> = {
  string: (value) => (typeof value === "string" ? value : mismatch()),
  boolean: (value) => (typeof value === "boolean" ? value : mismatch()),
  int32: (value) => (isInt32(value) ? value : mismatch()),
  int64: decodeInt64,
  number: (value) => (typeof value === "number" || typeof value === "bigint" ? Number(value) : mismatch()),
  bytes: (value) => (typeof value === "string" ? canonicalBase64(value) : mismatch()),
  time: (value) => (typeof value === "string" ? canonicalTime(value) : mismatch()),
  microTime: (value) => (typeof value === "string" ? canonicalMicroTime(value) : mismatch()),
  duration: (value) => (typeof value === "string" ? formatDuration(parseDuration(value)) : mismatch()),
  quantity: decodeQuantity,
  intOrString: (value) => (typeof value === "string" || isInt32(value) ? value : mismatch()),
};

/** What is written for an absent value of the type where something has to be written. */
export const scalarZeros: Readonly<Record<ScalarType, unknown>> = {
  string: "",
  boolean: false,
  int32: 0,
  int64: 0,
  number: 0,
  bytes: "",
  time: null,
  microTime: null,
  duration: "0s",
  quantity: "0",
  intOrString: 0,
};

/** Structs in Go, which `omitempty` never leaves out. */
export const STRUCT_SCALARS: ReadonlySet<string> = new Set<ScalarType>([
  "time",
  "microTime",
  "duration",
  "quantity",
  "intOrString",
]);

function isInt32(value: unknown): boolean {
  return typeof value === "number" && value === (value | 0);
}

/**
 * Numbers beyond 2^53 lose digits here, where they have a name. The largest must not be rounded up to 2^63, which no
 * client could read back.
 */
function decodeInt64(value: unknown): unknown {
  if (typeof value === "bigint") return decodeInt64(Number(value));
  if (typeof value !== "number" || !Number.isInteger(value) || Math.abs(value) > 2 ** 63) return mismatch();
  return value === 2 ** 63 ? MAX_INT64 : value;
}

/** Upstream also reads plain numbers, and takes the text of any other value for a malformed quantity. */
function decodeQuantity(value: unknown): string {
  return canonicalQuantity(typeof value === "string" ? value.trim() : (JSON.stringify(value) ?? ""));
}

function mismatch(): never {
  throw new TypeMismatch();
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Standard base64 with padding; line breaks are dropped as Go drops them. */
function canonicalBase64(text: string): string {
  const joined = text.includes("\n") || text.includes("\r") ? text.replace(/[\r\n]/g, "") : text;
  if (joined.length % 4 !== 0 || !BASE64.test(joined)) {
    throw new SyntaxError(`illegal base64 data at input byte ${String(corruptOffset(joined))}`);
  }
  return joined;
}

/** Where Go's decoder stops. */
function corruptOffset(text: string): number {
  const end = /[^A-Za-z0-9+/]/.exec(text)?.index ?? text.length;
  const rest = text.slice(end);
  if (rest === "") return text.length - (text.length % 4);
  if (!rest.startsWith("=") || end % 4 < 2) return end;
  if (end % 4 === 2 && rest.charAt(1) !== "=") return rest.length === 1 ? text.length : end;
  return end + (end % 4 === 2 ? 2 : 1);
}
