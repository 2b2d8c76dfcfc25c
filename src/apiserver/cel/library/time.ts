import { declare, type FunctionDeclaration, method } from "../types/function.ts";
import { DURATION, INT, STRING, TIMESTAMP } from "../types/type.ts";
import { type CalendarTime, calendarTime } from "../values/time.ts";
import { type CelDuration, CelError, type CelTimestamp, type Result } from "../values/value.ts";

const NANOS: Readonly<Record<string, bigint>> = {
  hours: 3_600_000_000_000n,
  minutes: 60_000_000_000n,
  seconds: 1_000_000_000n,
  milliseconds: 1_000_000n,
};

/** Parts of times, each with the name of its overload; some are parts of durations too. */
export const timeFunctions: readonly FunctionDeclaration[] = [
  part("getFullYear", "year", ({ year }) => year),
  part("getMonth", "month", ({ month }) => month),
  part("getDayOfYear", "day_of_year", ({ dayOfYear }) => dayOfYear),
  part("getDayOfMonth", "day_of_month", ({ day }) => day),
  part("getDate", "day_of_month_1_based", ({ day }) => day + 1),
  part("getDayOfWeek", "day_of_week", ({ weekday }) => weekday),
  part("getHours", "hours", ({ hours }) => hours),
  part("getMinutes", "minutes", ({ minutes }) => minutes),
  part("getSeconds", "seconds", ({ seconds }) => seconds),
  part("getMilliseconds", "milliseconds", ({ milliseconds }) => milliseconds),
];

function part(name: string, id: string, read: (time: CalendarTime) => number): FunctionDeclaration {
  const inZone = (time: CelTimestamp, zone: string): Result => {
    const calendar = calendarTime(time, zone);
    return calendar instanceof CelError ? calendar : BigInt(read(calendar));
  };
  const nanos = NANOS[id];
  return declare(
    name,
    method(`timestamp_to_${id}`, [TIMESTAMP], INT, (time: CelTimestamp) => inZone(time, "UTC")),
    method(`timestamp_to_${id}_with_tz`, [TIMESTAMP, STRING], INT, inZone),
    ...(nanos === undefined
      ? []
      : [method(`duration_to_${id}`, [DURATION], INT, (duration: CelDuration) => duration.nanos / nanos)]),
  );
}
