import { DurationError, parseDuration } from "#apimachinery/duration.ts";
import { quote } from "#apimachinery/go-text.ts";

/** When a CronJob runs: at points of the calendar, or at intervals. */
export type CronSchedule = CalendarSchedule | { readonly type: "interval"; readonly everyMs: number };

export interface CalendarSchedule {
  readonly type: "calendar";
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly daysOfMonth: ReadonlySet<number>;
  /** Sunday is 0. */
  readonly daysOfWeek: ReadonlySet<number>;
  /** When both kinds of days are restricted, a day of either kind counts; otherwise only the restricted one. */
  readonly restrictsDaysOfMonth: boolean;
  readonly restrictsDaysOfWeek: boolean;
}

/** A text that is no schedule; the message is that of robfig/cron v3, which Kubernetes uses. */
export class CronScheduleError extends SyntaxError {
  override readonly name = "CronScheduleError";
}

interface FieldRange {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

interface FieldValues {
  readonly values: ReadonlySet<number>;
  readonly isRestricted: boolean;
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const MINUTES: FieldRange = { min: 0, max: 59 };
const HOURS: FieldRange = { min: 0, max: 23 };
const DAYS_OF_MONTH: FieldRange = { min: 1, max: 31 };
const MONTHS_OF_YEAR: FieldRange = { min: 1, max: 12, names: MONTHS };
const DAYS_OF_WEEK: FieldRange = { min: 0, max: 6, names: DAYS };

const EVERY = "@every ";
const DESCRIPTORS: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

/** Reads the five fields of cron, or a descriptor such as `@daily`. A `TZ=` prefix is skipped. */
export function parseCronSchedule(text: string): CronSchedule {
  if (text === "") throw new CronScheduleError("empty spec string");
  const spec = withoutTimeZone(text);
  if (!spec.startsWith("@")) return parseFields(spec);
  if (spec.startsWith(EVERY)) return parseInterval(spec);
  const fields = Object.hasOwn(DESCRIPTORS, spec) ? DESCRIPTORS[spec] : undefined;
  if (fields === undefined) throw new CronScheduleError(`unrecognized descriptor: ${spec}`);
  return parseFields(fields);
}

function withoutTimeZone(text: string): string {
  if (!/^(CRON_)?TZ=/.test(text)) return text;
  const space = text.indexOf(" ");
  if (space < 0) {
    // Upstream's parser panics here, and what it says is the message.
    throw new CronScheduleError("invalid schedule format: runtime error: slice bounds out of range [:-1]");
  }
  return text.slice(space).trim();
}

function parseInterval(spec: string): CronSchedule {
  try {
    const seconds = parseDuration(spec.slice(EVERY.length)) / 1_000_000_000n;
    return { type: "interval", everyMs: Math.max(1, Number(seconds)) * 1000 };
  } catch (error) {
    if (!(error instanceof DurationError)) throw error;
    throw new CronScheduleError(`failed to parse duration ${spec}: ${error.message}`);
  }
}

function parseFields(spec: string): CalendarSchedule {
  const fields = spec.split(/\s+/).filter((field) => field !== "");
  const [minute, hour, dayOfMonth, month, dayOfWeek] = fields;
  if (dayOfWeek === undefined || fields.length > 5) {
    const found = `found ${String(fields.length)}: [${fields.join(" ")}]`;
    throw new CronScheduleError(`expected exactly 5 fields, ${found}`);
  }
  const minutes = parseField(minute ?? "", MINUTES);
  const hours = parseField(hour ?? "", HOURS);
  const daysOfMonth = parseField(dayOfMonth ?? "", DAYS_OF_MONTH);
  const months = parseField(month ?? "", MONTHS_OF_YEAR);
  const daysOfWeek = parseField(dayOfWeek, DAYS_OF_WEEK);
  return {
    type: "calendar",
    minutes: minutes.values,
    hours: hours.values,
    months: months.values,
    daysOfMonth: daysOfMonth.values,
    daysOfWeek: daysOfWeek.values,
    restrictsDaysOfMonth: daysOfMonth.isRestricted,
    restrictsDaysOfWeek: daysOfWeek.isRestricted,
  };
}

function parseField(field: string, range: FieldRange): FieldValues {
  const parts = field
    .split(",")
    .filter((part) => part !== "")
    .map((part) => parseRange(part, range));
  return {
    values: new Set(parts.flatMap(({ values }) => [...values])),
    isRestricted: parts.every(({ isRestricted }) => isRestricted),
  };
}

/** One of `5`, `1-5`, `*`, and each with a step: `5/10` runs from 5 to the end. */
function parseRange(text: string, range: FieldRange): FieldValues {
  const [bounds = "", stepText, ...moreSteps] = text.split("/");
  const { start, end, isAll } = parseBounds(bounds, text, range);
  if (moreSteps.length > 0) throw new CronScheduleError(`too many slashes: ${text}`);
  const step = stepText === undefined ? 1 : parseNumber(stepText);
  const last = stepText !== undefined && !bounds.includes("-") ? range.max : end;
  checkRange({ start, end: last, step }, text, range);
  const values = new Set<number>();
  for (let value = start; value <= last; value += step) values.add(value);
  return { values, isRestricted: !isAll || step > 1 };
}

function parseBounds(
  bounds: string,
  text: string,
  { min, max, names }: FieldRange,
): { readonly start: number; readonly end: number; readonly isAll: boolean } {
  const [low = "", high, ...more] = bounds.split("-");
  if (low === "*" || low === "?") return { start: min, end: max, isAll: true };
  const start = parseNumber(low, names, min);
  if (more.length > 0) throw new CronScheduleError(`too many hyphens: ${text}`);
  return { start, end: high === undefined ? start : parseNumber(high, names, min), isAll: false };
}

function checkRange(
  { start, end, step }: { readonly start: number; readonly end: number; readonly step: number },
  text: string,
  { min, max }: FieldRange,
): void {
  const problem =
    start < min
      ? `beginning of range (${String(start)}) below minimum (${String(min)})`
      : end > max
        ? `end of range (${String(end)}) above maximum (${String(max)})`
        : start > end
          ? `beginning of range (${String(start)}) beyond end of range (${String(end)})`
          : step === 0
            ? "step of range should be a positive number"
            : undefined;
  if (problem !== undefined) throw new CronScheduleError(`${problem}: ${text}`);
}

function parseNumber(text: string, names: readonly string[] = [], first = 0): number {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return named + first;
  if (!/^[-+]?[0-9]+$/.test(text)) {
    throw new CronScheduleError(
      `failed to parse int from ${text}: strconv.Atoi: parsing ${quote(text)}: invalid syntax`,
    );
  }
  const number = Number(text);
  if (number < 0) throw new CronScheduleError(`negative number (${String(number)}) not allowed: ${text}`);
  return number;
}
