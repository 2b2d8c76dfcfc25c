import { DurationError, parseDuration } from "#apimachinery/duration.ts";
import { timestampOf } from "./arithmetic.ts";
import { formatPlain } from "./number-text.ts";
import { CelDuration, CelError, type CelTimestamp, type Result } from "./value.ts";

const SECOND = 1_000_000_000n;
const MILLISECOND = 1_000_000n;
const RFC3339 = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:[.,](\d+))?(?:Z|([+-])(\d{2}):(\d{2}))$/;

/** What Go's `time.Parse(time.RFC3339, …)` takes; undefined for any other text. */
export function parseTimestamp(text: string): Result | undefined {
  const [match, day = "", time = "", fraction = "", sign, hours = "0", minutes = "0"] =
    RFC3339.exec(text) ?? [];
  if (match === undefined || Number(hours) > 23 || Number(minutes) > 59) return undefined;
  const seconds = secondsOf(day, time);
  if (seconds === undefined) return undefined;
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === "-" ? -60 : 60);
  const nanos = BigInt(fraction.slice(0, 9).padEnd(9, "0"));
  return timestampOf(BigInt(seconds - offset) * SECOND + nanos, offset);
}

/** Midnight of a day such as `2026-01-31`; undefined for any other text. */
export function parseDay(text: string): Result | undefined {
  const seconds = /^\d{4}-\d{2}-\d{2}$/.test(text) ? secondsOf(text, "00:00:00") : undefined;
  return seconds === undefined ? undefined : timestampOf(BigInt(seconds) * SECOND);
}

export function formatTimestamp({ nanos, offsetSeconds }: CelTimestamp): string {
  const fraction = ((nanos % SECOND) + SECOND) % SECOND;
  const seconds = (nanos - fraction) / SECOND;
  const text = new Date((Number(seconds) + offsetSeconds) * 1000).toISOString().slice(0, 19);
  const digits = String(fraction).padStart(9, "0").replace(/0+$/, "");
  return text + (digits === "" ? "" : `.${digits}`) + formatOffset(offsetSeconds);
}

function formatOffset(seconds: number): string {
  if (seconds === 0) return "Z";
  const minutes = Math.trunc(Math.abs(seconds) / 60);
  const [hours, rest] = [Math.trunc(minutes / 60), minutes % 60].map((each) => String(each).padStart(2, "0"));
  return `${seconds < 0 ? "-" : "+"}${hours ?? ""}:${rest ?? ""}`;
}

/** A duration in seconds: `1.5s`. */
export function formatSeconds({ nanos }: CelDuration): string {
  return `${formatPlain(Number(nanos / SECOND) + Number(nanos % SECOND) / 1e9)}s`;
}

/** A Go duration such as `1h30m`; undefined for any other text. */
export function tryDuration(text: string): CelDuration | undefined {
  try {
    return new CelDuration(parseDuration(text));
  } catch (error) {
    if (error instanceof DurationError) return undefined;
    throw error;
  }
}

/** A date with the time of the day, in some time zone. */
export interface CalendarTime {
  readonly year: number;
  /** From 0 on, like the days below; only `weekday` has Sunday as 0. */
  readonly month: number;
  readonly day: number;
  readonly dayOfYear: number;
  readonly weekday: number;
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
  readonly milliseconds: number;
}

/** `zone` is a name of the IANA data base, or an offset such as `+02:00`. */
export function calendarTime({ nanos }: CelTimestamp, zone: string): CalendarTime | CelError {
  const fraction = ((nanos % SECOND) + SECOND) % SECOND;
  const seconds = Number((nanos - fraction) / SECOND);
  const offset = zone.includes(":") ? fixedOffset(zone) : namedOffset(zone, seconds);
  if (offset instanceof CelError) return offset;
  const date = new Date((seconds + offset) * 1000);
  const firstDay = new Date(Date.UTC(2000, 0, 1));
  firstDay.setUTCFullYear(date.getUTCFullYear());
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth(),
    day: date.getUTCDate() - 1,
    dayOfYear: Math.floor((date.getTime() - firstDay.getTime()) / 86_400_000),
    weekday: date.getUTCDay(),
    hours: date.getUTCHours(),
    minutes: date.getUTCMinutes(),
    seconds: date.getUTCSeconds(),
    milliseconds: Number(fraction / MILLISECOND),
  };
}

function secondsOf(day: string, time: string): number | undefined {
  const milliseconds = Date.parse(`${day}T${time}Z`);
  if (Number.isNaN(milliseconds)) return undefined;
  return new Date(milliseconds).toISOString().startsWith(`${day}T${time}`) ? milliseconds / 1000 : undefined;
}

function fixedOffset(zone: string): number | CelError {
  const [hourText = "", minuteText = ""] = zone.split(":");
  const [hours, minutes] = [hourText, minuteText].map((each) =>
    /^[+-]?\d+$/.test(each) ? Number(each) : undefined,
  );
  if (hours === undefined) return new CelError(`strconv.Atoi: parsing "${hourText}": invalid syntax`);
  if (minutes === undefined) return new CelError(`strconv.Atoi: parsing "${minuteText}": invalid syntax`);
  return (hours * 60 + (zone.startsWith("-") ? -minutes : minutes)) * 60;
}

/** Seconds that a zone is ahead of UTC at a moment. */
function namedOffset(zone: string, seconds: number): number | CelError {
  if (zone === "" || zone === "UTC") return 0;
  try {
    const format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
    const name =
      format.formatToParts(seconds * 1000).find(({ type }) => type === "timeZoneName")?.value ?? "";
    const [, sign, hours = "0", minutes = "0", rest = "0"] =
      /GMT([+-])(\d+)(?::(\d+))?(?::(\d+))?/.exec(name) ?? [];
    const size = (Number(hours) * 60 + Number(minutes)) * 60 + Number(rest);
    return sign === "-" ? -size : size;
  } catch (error) {
    if (error instanceof RangeError) return new CelError(`unknown time zone ${zone}`);
    throw error;
  }
}
