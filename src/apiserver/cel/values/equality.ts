import { Uint } from "./uint.ts";
import {
  CelDuration,
  CelError,
  type CelObject,
  CelOptional,
  CelTimestamp,
  CelTypeValue,
  type CelValue,
  isError,
  NO_SUCH_OVERLOAD,
  type Result,
} from "./value.ts";

/** Whether two values are equal; values of different types are not, except for numbers (cel-go `types.Equal`). */
export function equal(a: Result, b: Result): Result {
  if (isError(a)) return a;
  if (isError(b)) return b;
  if (a === null || b === null) return a === b;
  if (typeof a === "string" || typeof a === "boolean") return a === b;
  return typeof a === "object" ? equalObjects(a, b) : equalNumbers(a, b);
}

function equalNumbers(a: bigint | number, b: CelValue): boolean {
  return compareNumbers(a, b) === 0;
}

function equalObjects(a: Exclude<CelValue, null | string | boolean | bigint | number>, b: CelValue): Result {
  if (a instanceof Uint) return equalNumbers(a.value, b);
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (a instanceof CelDuration) return b instanceof CelDuration && a.nanos === b.nanos;
  if (a instanceof CelTimestamp) return b instanceof CelTimestamp && a.nanos === b.nanos;
  if (a instanceof CelTypeValue) {
    return b instanceof CelTypeValue && a.type.kind === b.type.kind && a.type.name === b.type.name;
  }
  if (a instanceof CelOptional) return equalOptionals(a, b);
  return a.equals(b);
}

function equalOptionals(a: CelOptional, b: CelValue): Result {
  if (!(b instanceof CelOptional)) return false;
  if (a.value === undefined || b.value === undefined) return a.value === b.value;
  return equal(a.value, b.value);
}

type Order = -1 | 0 | 1;

/** Negative, zero or positive as `a` comes before, with or behind `b`. */
export function compare(a: CelValue, b: CelValue): Order | CelError {
  if (typeof a === "string") return typeof b === "string" ? orderOf(compareTexts(a, b), 0) : NO_SUCH_OVERLOAD;
  if (typeof a === "boolean")
    return typeof b === "boolean" ? orderOf(Number(a), Number(b)) : NO_SUCH_OVERLOAD;
  if (typeof a !== "object") return compareNumbers(a, b);
  return a === null ? NO_SUCH_OVERLOAD : compareObjects(a, b);
}

/** Whether values of its type can be compared. */
export function isComparable(value: CelValue): boolean {
  return !(compare(value, value) instanceof CelError);
}

function compareNumbers(a: bigint | number, b: CelValue): Order | CelError {
  const other = b instanceof Uint ? b.value : b;
  if (typeof other !== "bigint" && typeof other !== "number") return NO_SUCH_OVERLOAD;
  if (Number.isNaN(a) || Number.isNaN(other)) return new CelError("NaN values cannot be ordered");
  // An integer is compared with a double as the double that is next to it.
  return typeof a === typeof other ? orderOf(a, other) : orderOf(Number(a), Number(other));
}

function compareObjects(a: object, b: CelValue): Order | CelError {
  if (a instanceof Uint) return compareNumbers(a.value, b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return orderOf(Buffer.compare(a, b), 0);
  if (a instanceof CelDuration && b instanceof CelDuration) return orderOf(a.nanos, b.nanos);
  if (a instanceof CelTimestamp && b instanceof CelTimestamp) return orderOf(a.nanos, b.nanos);
  return NO_SUCH_OVERLOAD;
}

function orderOf(a: bigint | number, b: bigint | number): Order {
  return a < b ? -1 : a > b ? 1 : 0;
}

const SURROGATE = /[\ud800-\udfff]/;

/** By code points; that of UTF-16 units is another order for the rarest characters. */
function compareTexts(a: string, b: string): number {
  if (SURROGATE.test(a) || SURROGATE.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Values of library types that are not of the same type cannot be compared. */
export function equalObject<T extends CelObject>(
  other: CelValue,
  type: new (...args: never[]) => T,
  isEqual: (other: T) => boolean,
): Result {
  return other instanceof type ? isEqual(other) : NO_SUCH_OVERLOAD;
}
