import type { MicroTime, Time } from "./generated/meta-v1.ts";
import { quote } from "./go-text.ts";

/** A text that is no time; the message is that of Go's `time.Parse`. */
export class TimeError extends SyntaxError {
  override readonly name = "TimeError";
}

/** What Go calls the zero time: the API writes it as null. */
const ZERO_TIME_MS = Date.parse("0001-01-01T00:00:00Z");

const MONTH_AND_DAY =
  "(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)";
/** Texts that need no parsing: in UTC, with whole seconds, on a day that every year has. */
const PLAIN_TIME = new RegExp(
  `^(?!0001)[0-9]{4}-${MONTH_AND_DAY}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$`,
);

/** Milliseconds since the epoch as the API writes a time: UTC, cut down to seconds. */
export function formatTime(ms: number): Time {
  return `${secondsText(ms)}Z`;
}

/** The same with microseconds, of which a number of milliseconds gives as many as it has. */
export function formatMicroTime(ms: number): MicroTime {
  const micros = Math.floor(ms * 1000) % 1000;
  return `${new Date(ms).toISOString().slice(0, 23)}${String(micros).padStart(3, "0")}Z`;
}

/** Milliseconds since the epoch of an RFC 3339 time, fractions of seconds included. Throws a `TimeError`. */
export function parseTime(text: string): number {
  const { ms, nanos } = new TimeParser(text, RFC3339).parse();
  return ms + nanos / 1e6;
}

/** What the API writes after it has read `text`; null for the zero time. Throws a `TimeError`. */
export function canonicalTime(text: string): Time | null {
  if (PLAIN_TIME.test(text)) return text;
  const { ms } = new TimeParser(text, RFC3339).parse();
  return ms === ZERO_TIME_MS ? null : formatTime(ms);
}

/** The same for times with exactly six fractional digits. */
export function canonicalMicroTime(text: string): MicroTime | null {
  const { ms, nanos } = new TimeParser(text, RFC3339_MICRO).parse();
  if (ms === ZERO_TIME_MS && nanos === 0) return null;
  return `${secondsText(ms)}.${String(nanos / 1000).padStart(6, "0")}Z`;
}

const SECONDS_LENGTH = "2006-01-02T15:04:05".length;

/** An instant without what is beyond its second. Offsets lead into years that have no four digits: Go writes those it has. */
function secondsText(ms: number): string {
  const text = new Date(ms).toISOString().slice(0, -".000Z".length);
  if (text.length === SECONDS_LENGTH) return text;
  return text.replace(/^\+0*|^-0{0,2}/, (sign) => (sign.startsWith("-") ? "-" : ""));
}

const RFC3339 = "2006-01-02T15:04:05Z07:00";
const RFC3339_MICRO = "2006-01-02T15:04:05.000000Z07:00";

interface Instant {
  /** Whole seconds, in milliseconds since the epoch. */
  readonly ms: number;
  /** What is beyond the whole second. */
  readonly nanos: number;
}

/** Reads a time element by element, in the order and with the complaints of Go's `time.Parse`. */
class TimeParser {
  readonly #text: string;
  readonly #layout: typeof RFC3339 | typeof RFC3339_MICRO;
  #rest: string;

  constructor(text: string, layout: typeof RFC3339 | typeof RFC3339_MICRO) {
    this.#text = text;
    this.#layout = layout;
    this.#rest = text;
  }

  parse(): Instant {
    const year = Number(this.#take(/^[0-9]{4}/, "2006"));
    const month = this.#number("-", /^[0-9]{2}/, "01", "month", 1, 12);
    const day = this.#number("-", /^[0-9]{2}/, "02", "day", 0, 99);
    const hour = this.#number("T", /^[0-9]{1,2}/, "15", "hour", 0, 23);
    const minute = this.#number(":", /^[0-9]{2}/, "04", "minute", 0, 59);
    const second = this.#number(":", /^[0-9]{2}/, "05", "second", 0, 59);
    const nanos = this.#fraction();
    const offsetMs = this.#offset();
    if (this.#rest !== "") this.#fail(`: extra text: ${quote(this.#rest)}`);
    if (day < 1 || day > daysIn(year, month)) this.#fail(": day out of range");
    const date = new Date(0);
    date.setUTCFullYear(year, month - 1, day);
    date.setUTCHours(hour, minute, second);
    return { ms: date.getTime() - offsetMs, nanos };
  }

  #number(prefix: string, digits: RegExp, element: string, name: string, low: number, high: number): number {
    this.#skip(prefix);
    const value = Number(this.#take(digits, element));
    if (value < low || value > high) this.#fail(`: ${name} out of range`);
    return value;
  }

  #fraction(): number {
    const isMicro = this.#layout === RFC3339_MICRO;
    const digits = isMicro
      ? this.#take(/^[.,][0-9]{6}/, ".000000")
      : (/^[.,][0-9]+/.exec(this.#rest)?.[0] ?? "");
    if (!isMicro) this.#rest = this.#rest.slice(digits.length);
    return Number(digits.slice(1, 10).padEnd(9, "0"));
  }

  #offset(): number {
    if (this.#rest.startsWith("Z")) {
      this.#rest = this.#rest.slice(1);
      return 0;
    }
    const offset = this.#take(/^[+-][0-9]{2}:[0-9]{2}/, "Z07:00");
    const hours = Number(offset.slice(1, 3));
    const minutes = Number(offset.slice(4, 6));
    if (hours > 24) this.#fail(": time zone offset hour out of range");
    if (minutes > 60) this.#fail(": time zone offset minute out of range");
    return (offset.startsWith("-") ? -1 : 1) * (hours * 60 + minutes) * 60_000;
  }

  #skip(prefix: string): void {
    if (!this.#rest.startsWith(prefix)) this.#cannotParse(prefix);
    this.#rest = this.#rest.slice(prefix.length);
  }

  #take(pattern: RegExp, element: string): string {
    const [match] = pattern.exec(this.#rest) ?? this.#cannotParse(element);
    this.#rest = this.#rest.slice(match.length);
    return match;
  }

  #cannotParse(element: string): never {
    return this.#fail(` as ${quote(this.#layout)}: cannot parse ${quote(this.#rest)} as ${quote(element)}`);
  }

  #fail(problem: string): never {
    throw new TimeError(`parsing time ${quote(this.#text)}${problem}`);
  }
}

function daysIn(year: number, month: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month, 0);
  return date.getUTCDate();
}
