/** Texts with a format that is a type of its own (kube-openapi pkg/validation/strfmt). */
import { timestampOf } from "../values/arithmetic.ts";
import { parseDay, parseTimestamp, tryDuration } from "../values/time.ts";
import { CelDuration, CelError, type Result } from "../values/value.ts";

const SECOND = 1_000_000_000n;
const UNITS: readonly (readonly [pattern: RegExp, nanos: bigint])[] = [
  [/^(?:ns|nano.*)$/, 1n],
  [/^(?:us|µs|micro.*)$/, 1000n],
  [/^(?:ms|milli.*)$/, 1_000_000n],
  [/^(?:s|sec.*)$/, SECOND],
  [/^(?:m|min.*)$/, 60n * SECOND],
  [/^(?:h|hr|hour.*)$/, 3600n * SECOND],
  [/^(?:d|day.*)$/, 86_400n * SECOND],
  [/^(?:w|wk|week.*)$/, 604_800n * SECOND],
];

export function formattedText(text: string, format: string | undefined): Result {
  switch (format ?? "") {
    case "duration":
      return (
        parseAnyDuration(text) ??
        new CelError(`Invalid duration ${text}: unable to parse ${text} as duration`)
      );
    case "date":
      return parseDay(text) ?? new CelError(`Invalid date formatted string ${text}`);
    case "date-time":
      return parseDateTime(text) ?? new CelError(`Invalid date-time formatted string ${text}`);
    case "byte":
      return Buffer.from(text, "base64");
    default:
      return text;
  }
}

/** A Go duration, or one in words: `3 days`. */
function parseAnyDuration(text: string): CelDuration | undefined {
  const plain = tryDuration(text);
  if (plain !== undefined) return plain;
  let nanos: bigint | undefined;
  for (const [, count = "0", unit = ""] of text.matchAll(/([0-9]+)\s*([A-Za-zµ]+)/g)) {
    const size = UNITS.find(([pattern]) => pattern.test(unit.toLowerCase()))?.[1];
    if (size !== undefined) nanos = (nanos ?? 0n) + BigInt(count) * size;
  }
  return nanos === undefined ? undefined : new CelDuration(nanos);
}

function parseDateTime(text: string): Result | undefined {
  if (text === "") return timestampOf(0n);
  return parseTimestamp(text) ?? parseTimestamp(`${text}Z`);
}
