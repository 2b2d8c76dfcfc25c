import type { Duration } from "./generated/meta-v1.ts";
import { quote } from "./go-text.ts";

/** A text that is no duration; the message is that of Go's `time.ParseDuration`. */
export class DurationError extends SyntaxError {
  override readonly name = "DurationError";
}

const NANOS_OF_UNIT: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** Nanoseconds of a Go duration such as `1h30m` or `-1.5s`. Throws a `DurationError`. */
export function parseDuration(text: Duration): bigint {
  const unsigned = text.replace(/^[-+]/, "");
  if (unsigned === "0") return 0n;
  if (unsigned === "") throw new DurationError(`time: invalid duration ${quote(text)}`);
  let rest = unsigned;
  let nanos = 0n;
  while (rest !== "") {
    const [part, whole = "", fraction = "", unit = ""] =
      /^([0-9]*)(?:\.([0-9]*))?([^.0-9]*)/.exec(rest) ?? [];
    if (part === undefined || whole + fraction === "") {
      throw new DurationError(`time: invalid duration ${quote(text)}`);
    }
    nanos += BigInt(whole) * nanosOf(unit, text) + fractionOf(fraction, nanosOf(unit, text));
    rest = rest.slice(part.length);
  }
  if (nanos >= 2n ** 63n) throw new DurationError(`time: invalid duration ${quote(text)}`);
  return text.startsWith("-") ? -nanos : nanos;
}

/** Go's form of a duration: `1h30m0s`, `1.5s`, `100ms`, `0s`. */
export function formatDuration(nanos: bigint): Duration {
  if (nanos === 0n) return "0s";
  const size = nanos < 0n ? -nanos : nanos;
  return (nanos < 0n ? "-" : "") + (size < 1_000_000_000n ? formatBelowSecond(size) : formatSeconds(size));
}

function formatBelowSecond(nanos: bigint): string {
  if (nanos < 1000n) return `${String(nanos)}ns`;
  if (nanos < 1_000_000n) return `${decimal(nanos, 3)}µs`;
  return `${decimal(nanos, 6)}ms`;
}

function formatSeconds(nanos: bigint): string {
  const minutes = nanos / 60_000_000_000n;
  const seconds = `${decimal(nanos % 60_000_000_000n, 9)}s`;
  if (minutes === 0n) return seconds;
  const hours = minutes / 60n;
  return hours === 0n
    ? `${String(minutes)}m${seconds}`
    : `${String(hours)}h${String(minutes % 60n)}m${seconds}`;
}

/** `value` divided by ten to the power of `places`, without zeros at the end. */
function decimal(value: bigint, places: number): string {
  const digits = String(value).padStart(places + 1, "0");
  return `${digits.slice(0, -places)}.${digits.slice(-places)}`.replace(/\.?0+$/, "");
}

function nanosOf(unit: string, text: string): bigint {
  if (unit === "") throw new DurationError(`time: missing unit in duration ${quote(text)}`);
  const nanos = Object.hasOwn(NANOS_OF_UNIT, unit) ? NANOS_OF_UNIT[unit] : undefined;
  if (nanos === undefined) {
    throw new DurationError(`time: unknown unit ${quote(unit)} in duration ${quote(text)}`);
  }
  return nanos;
}

function fractionOf(digits: string, unit: bigint): bigint {
  return digits === "" ? 0n : (BigInt(digits) * unit) / 10n ** BigInt(digits.length);
}
