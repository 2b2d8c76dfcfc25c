import { DurationError, parseDuration } from "#apimachinery/duration.ts";
import { parseGoBoolean } from "#apimachinery/go-boolean.ts";
import { parseIP } from "#base/cidr.ts";

/** Reads the value of an argument. Throws a RangeError that says what it must be. */
export type ReadValue<T> = (text: string) => T;

const MAX_INT32 = 2 ** 31 - 1;

export function readBoolean(text: string): boolean {
  const value = parseGoBoolean(text);
  if (value === undefined) throw new RangeError("must be true or false");
  return value;
}

interface Bounds {
  readonly least: number;
  readonly most?: number;
  /** What a number must be that is none, or out of bounds. */
  readonly says: string;
}

/** A whole number of 32 bits. */
export function readInteger({ least, most = MAX_INT32, says }: Bounds): ReadValue<number> {
  return (text) => {
    const value = /^[-+]?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most)) throw new RangeError(says);
    return value;
  };
}

/** A duration in milliseconds. Those of less count as one. */
export function readDuration({ least, says }: Omit<Bounds, "most">): ReadValue<number> {
  return (text) => {
    const nanos = nanosOf(text);
    if (nanos === undefined) throw new RangeError("must be a duration, such as 10s");
    const ms = Number(nanos) / 1e6;
    if (ms < least) throw new RangeError(says);
    return Math.ceil(ms);
  };
}

function nanosOf(text: string): bigint | undefined {
  try {
    return parseDuration(text);
  } catch (error) {
    if (error instanceof DurationError) return undefined;
    throw error;
  }
}

export function readPath(text: string): string {
  if (!text.startsWith("/")) throw new RangeError("must be an absolute path");
  return text;
}

export function readAddress(text: string): string {
  if (parseIP(text) === undefined) throw new RangeError("must be addresses, such as 10.43.0.10");
  return text;
}

/** Each of a list; of an empty text none. */
export function readList<T>(read: ReadValue<T>): ReadValue<readonly T[]> {
  return (text) => (text === "" ? [] : text.split(",").map(read));
}

/** An argument that an entry of a table takes with these values alone, or not at all. */
export interface Refusal {
  readonly takes: readonly string[];
  readonly because: string;
}

export function never(because: string): Refusal {
  return { takes: [], because };
}

export function only(takes: string | readonly string[], because: string): Refusal {
  return { takes: typeof takes === "string" ? [takes] : takes, because };
}

/** Throws a RangeError unless the refusal takes this value. */
export function refuse({ takes, because }: Refusal, text: string): void {
  if (takes.includes(text)) return;
  const wanted = takes.map((value) => (value === "" ? "empty" : value)).join(" or ");
  throw new RangeError(
    takes.length === 0 ? `must not be given: ${because}` : `must be ${wanted}: ${because}`,
  );
}
