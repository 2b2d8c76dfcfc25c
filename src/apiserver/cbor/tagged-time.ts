import { parseTime, TimeError } from "#apimachinery/time.ts";
import { CborError } from "./cbor-head.ts";

/** The content of tag 0, which stays as it is. Throws a `CborError` when it is no RFC 3339 time. */
export function timeOfText(text: string): string {
  try {
    parseTime(text);
    return text;
  } catch (error) {
    if (!(error instanceof TimeError)) throw error;
    throw new CborError(`cbor: cannot set ${text} for time.Time: ${error.message}`, { cause: error });
  }
}

/** The content of tag 1, seconds since the epoch, in RFC 3339. Throws a `CborError` for years beyond 9999. */
export function timeOfNumber(seconds: number): string {
  const date = new Date(seconds * 1000);
  const year = Number.isNaN(date.getTime()) ? Number.POSITIVE_INFINITY : date.getUTCFullYear();
  if (year < 0 || year > 9999) {
    throw new CborError(
      "cbor: decoded time cannot be represented in RFC3339 format with sub-second precision: Time.MarshalText: year outside of range [0,9999]",
    );
  }
  return date.toISOString().replace(/\.?0*Z$/, "Z");
}
