/** What `+`, `-`, `*`, `/` and `%` give, within 64 bits (cel-go common/types/overflow.go). */
import { isList } from "./list.ts";
import { Uint } from "./uint.ts";
import {
  CelDuration,
  CelError,
  CelTimestamp,
  type CelValue,
  NO_SUCH_OVERLOAD,
  type Result,
} from "./value.ts";

const MIN_INT = -(2n ** 63n);
const MAX_INT = 2n ** 63n - 1n;
const MAX_UINT = 2n ** 64n - 1n;
const SECOND = 1_000_000_000n;
/** The years 1 to 9999. */
export const MIN_TIME = -62_135_596_800n * SECOND;
const MAX_TIME = 253_402_300_800n * SECOND - 1n;

const INT_OVERFLOW = new CelError("integer overflow");
const UINT_OVERFLOW = new CelError("unsigned integer overflow");
const TIMESTAMP_OVERFLOW = new CelError("timestamp overflow");
const DIVISION_BY_ZERO = new CelError("division by zero");
const MODULUS_BY_ZERO = new CelError("modulus by zero");

export function intOf(value: bigint): Result {
  return value < MIN_INT || value > MAX_INT ? INT_OVERFLOW : value;
}

export function uintOf(value: bigint): Result {
  return value < 0n || value > MAX_UINT ? UINT_OVERFLOW : new Uint(value);
}

/** Durations are nanoseconds of 64 bits. */
export function durationOf(nanos: bigint): Result {
  return nanos < MIN_INT || nanos > MAX_INT ? INT_OVERFLOW : new CelDuration(nanos);
}

export function timestampOf(nanos: bigint, offsetSeconds = 0): Result {
  return nanos < MIN_TIME || nanos > MAX_TIME ? TIMESTAMP_OVERFLOW : new CelTimestamp(nanos, offsetSeconds);
}

export function add(a: CelValue, b: CelValue): Result {
  if (typeof a === "bigint" && typeof b === "bigint") return intOf(a + b);
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (typeof a === "string" && typeof b === "string") return a + b;
  if (isList(a) && isList(b)) return a.concat(b);
  if (a instanceof Uint && b instanceof Uint) return uintOf(a.value + b.value);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.concat([a, b]);
  return addTimes(a, b);
}

function addTimes(a: CelValue, b: CelValue): Result {
  if (a instanceof CelDuration && b instanceof CelDuration) return durationOf(a.nanos + b.nanos);
  if (a instanceof CelTimestamp && b instanceof CelDuration)
    return timestampOf(a.nanos + b.nanos, a.offsetSeconds);
  const isMoved = a instanceof CelDuration && b instanceof CelTimestamp;
  return isMoved ? timestampOf(a.nanos + b.nanos, b.offsetSeconds) : NO_SUCH_OVERLOAD;
}

export function subtract(a: CelValue, b: CelValue): Result {
  if (typeof a === "bigint" && typeof b === "bigint") return intOf(a - b);
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (a instanceof Uint && b instanceof Uint) return uintOf(a.value - b.value);
  if (a instanceof CelTimestamp && b instanceof CelDuration)
    return timestampOf(a.nanos - b.nanos, a.offsetSeconds);
  const isDistance =
    (a instanceof CelDuration && b instanceof CelDuration) ||
    (a instanceof CelTimestamp && b instanceof CelTimestamp);
  return isDistance ? durationOf(a.nanos - b.nanos) : NO_SUCH_OVERLOAD;
}

export function multiply(a: CelValue, b: CelValue): Result {
  if (typeof a === "bigint" && typeof b === "bigint") return intOf(a * b);
  if (typeof a === "number" && typeof b === "number") return a * b;
  return a instanceof Uint && b instanceof Uint ? uintOf(a.value * b.value) : NO_SUCH_OVERLOAD;
}

export function divide(a: CelValue, b: CelValue): Result {
  if (typeof a === "number" && typeof b === "number") return a / b;
  if (typeof a === "bigint" && typeof b === "bigint") return b === 0n ? DIVISION_BY_ZERO : intOf(a / b);
  if (!(a instanceof Uint && b instanceof Uint)) return NO_SUCH_OVERLOAD;
  return b.value === 0n ? DIVISION_BY_ZERO : uintOf(a.value / b.value);
}

export function modulo(a: CelValue, b: CelValue): Result {
  if (typeof a === "bigint" && typeof b === "bigint") {
    if (b === 0n) return MODULUS_BY_ZERO;
    return a === MIN_INT && b === -1n ? INT_OVERFLOW : a % b;
  }
  if (!(a instanceof Uint && b instanceof Uint)) return NO_SUCH_OVERLOAD;
  return b.value === 0n ? MODULUS_BY_ZERO : uintOf(a.value % b.value);
}

export function negate(value: CelValue): Result {
  if (typeof value === "bigint") return intOf(-value);
  if (value instanceof CelDuration) return durationOf(-value.nanos);
  return typeof value === "number" ? -value : NO_SUCH_OVERLOAD;
}
