import {
  BOOL,
  BYTES,
  type CelType,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  listType,
  mapType,
  NULL,
  optionalType,
  STRING,
  TIMESTAMP,
  TYPE,
  UINT,
} from "../types/type.ts";
import type { CelList } from "./list.ts";
import type { CelMap } from "./map.ts";
import { textSize } from "./text.ts";
import { Uint } from "./uint.ts";

/**
 * A value while an expression runs. Signed integers are bigints, so that they are not mistaken for doubles; texts count
 * code points.
 */
export type CelValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | Uint
  | CelDuration
  | CelTimestamp
  | CelOptional
  | CelTypeValue
  | CelList
  | CelMap
  | CelObject;

/** What comes of evaluating an expression. */
export type Result = CelValue | CelError;

/** Why there is no value. Errors are values themselves: `error || true` is true. */
export class CelError {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

export class CelDuration {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

export class CelTimestamp {
  /** Since 1970. */
  readonly nanos: bigint;
  /** How far ahead of UTC the clock is that it is written by. */
  readonly offsetSeconds: number;

  constructor(nanos: bigint, offsetSeconds = 0) {
    this.nanos = nanos;
    this.offsetSeconds = offsetSeconds;
  }
}

export class CelOptional {
  /** Undefined for `optional.none()`. */
  readonly value: CelValue | undefined;

  constructor(value?: CelValue) {
    this.value = value;
  }
}

export const NONE = new CelOptional();

/** A type as a value: what `type(x)` gives. */
export class CelTypeValue {
  readonly type: CelType;

  constructor(type: CelType) {
    this.type = type;
  }
}

/** A value of a type that a library adds. */
export abstract class CelObject {
  abstract readonly type: CelType;

  abstract equals(other: CelValue): Result;

  /** How many bytes or elements it has, for those of whom that can be said. */
  get size(): number | undefined {
    return undefined;
  }
}

export const NO_SUCH_OVERLOAD = new CelError("no such overload");

export function isError(result: Result): result is CelError {
  return result instanceof CelError;
}

/** The type that `type(x)` gives, without what lists and maps are of. */
export function runtimeType(value: CelValue): CelType {
  if (typeof value === "string") return STRING;
  if (typeof value === "bigint") return INT;
  if (typeof value === "boolean") return BOOL;
  if (typeof value === "number") return DOUBLE;
  return value === null ? NULL : objectTypeOf(value);
}

const LIST = listType(DYN);
const MAP = mapType(DYN, DYN);
const OPTIONAL = optionalType(DYN);

function objectTypeOf(value: Exclude<CelValue, null | boolean | bigint | number | string>): CelType {
  if (value instanceof Uint8Array) return BYTES;
  if (value instanceof Uint) return UINT;
  if (value instanceof CelDuration) return DURATION;
  if (value instanceof CelTimestamp) return TIMESTAMP;
  if (value instanceof CelOptional) return OPTIONAL;
  if (value instanceof CelTypeValue) return TYPE;
  if (value instanceof CelObject) return value.type;
  return value.kind === "list" ? LIST : (value.type ?? MAP);
}

/** How many characters, bytes, elements or entries a value has; undefined for those of whom that cannot be said. */
export function sizeOf(value: CelValue): number | undefined {
  if (typeof value === "string") return textSize(value);
  if (value instanceof Uint8Array) return value.length;
  if (typeof value !== "object" || value === null) return undefined;
  return "size" in value ? value.size : undefined;
}

/** How many values there are in a value, and pieces of text: what it takes to look at all of it. */
export function weightOf(value: Result | undefined): number {
  if (typeof value === "string" || value instanceof Uint8Array) return 1 + (value.length >> 3);
  return typeof value === "object" && value !== null && "weight" in value ? value.weight : 1;
}
