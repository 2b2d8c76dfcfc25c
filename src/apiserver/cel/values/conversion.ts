/** What `int(…)`, `string(…)` and their like give (cel-go common/types, `ConvertToType`). */
import { intOf, timestampOf, uintOf } from "./arithmetic.ts";
import { formatDouble, parseDouble } from "./number-text.ts";
import { formatSeconds, formatTimestamp, parseTimestamp, tryDuration } from "./time.ts";
import { Uint } from "./uint.ts";
import {
  CelDuration,
  CelError,
  CelTimestamp,
  CelTypeValue,
  type CelValue,
  type Result,
  runtimeType,
} from "./value.ts";

const SECOND = 1_000_000_000n;
const TRUE: ReadonlySet<string> = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const FALSE: ReadonlySet<string> = new Set(["0", "f", "F", "FALSE", "false", "False"]);
/** Doubles from these on are no integers of 64 bits. */
const INT_BOUND = 2 ** 63;
const UINT_BOUND = 2 ** 64;

export function toInt(value: CelValue): Result {
  if (typeof value === "bigint") return value;
  if (typeof value === "number") {
    return value > -INT_BOUND && value < INT_BOUND
      ? BigInt(Math.trunc(value))
      : new CelError("integer overflow");
  }
  if (value instanceof Uint) return intOf(value.value);
  if (value instanceof CelTimestamp) return (value.nanos - modulo(value.nanos, SECOND)) / SECOND;
  if (value instanceof CelDuration) return value.nanos;
  const parsed = typeof value === "string" && /^[+-]?[0-9]+$/.test(value) ? intOf(BigInt(value)) : undefined;
  return parsed === undefined || parsed instanceof CelError ? conversionError(value, "int") : parsed;
}

export function toUint(value: CelValue): Result {
  if (value instanceof Uint) return value;
  if (typeof value === "bigint") return uintOf(value);
  if (typeof value === "number") {
    return value >= 0 && value < UINT_BOUND
      ? new Uint(BigInt(Math.trunc(value)))
      : new CelError("unsigned integer overflow");
  }
  const parsed = typeof value === "string" && /^[0-9]+$/.test(value) ? uintOf(BigInt(value)) : undefined;
  return parsed === undefined || parsed instanceof CelError ? conversionError(value, "uint") : parsed;
}

export function toDouble(value: CelValue): Result {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Uint) return Number(value.value);
  const parsed = typeof value === "string" ? parseDouble(value) : undefined;
  return parsed ?? conversionError(value, "double");
}

export function toBool(value: CelValue): Result {
  if (typeof value === "boolean") return value;
  if (typeof value === "string" && TRUE.has(value)) return true;
  return typeof value === "string" && FALSE.has(value) ? false : conversionError(value, "bool");
}

export function toBytes(value: CelValue): Result {
  if (value instanceof Uint8Array) return value;
  return typeof value === "string" ? Buffer.from(value) : conversionError(value, "bytes");
}

export function toText(value: CelValue): Result {
  if (typeof value === "string") return value;
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  return typeof value === "number" ? formatDouble(value) : objectToText(value);
}

function objectToText(value: CelValue): Result {
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Uint8Array) return decodeText(value);
  if (value instanceof CelTimestamp) return formatTimestamp(value);
  if (value instanceof CelDuration) return formatSeconds(value);
  return value instanceof CelTypeValue ? value.type.name : conversionError(value, "string");
}

export function toTimestamp(value: CelValue): Result {
  if (value instanceof CelTimestamp) return value;
  if (typeof value === "bigint") return timestampOf(value * SECOND);
  const parsed = typeof value === "string" ? parseTimestamp(value) : undefined;
  return parsed ?? conversionError(value, "google.protobuf.Timestamp");
}

export function toDuration(value: CelValue): Result {
  if (value instanceof CelDuration) return value;
  const parsed = typeof value === "string" ? tryDuration(value) : undefined;
  return parsed ?? conversionError(value, "google.protobuf.Duration");
}

export function conversionError(value: CelValue, target: string): CelError {
  return new CelError(`type conversion error from '${runtimeType(value).name}' to '${target}'`);
}

function decodeText(bytes: Uint8Array): Result {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return new CelError("invalid UTF-8 in bytes, cannot convert to string");
    throw error;
  }
}

function modulo(value: bigint, divisor: bigint): bigint {
  return ((value % divisor) + divisor) % divisor;
}
