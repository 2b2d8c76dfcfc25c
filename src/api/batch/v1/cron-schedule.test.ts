import { describe, expect, test } from "bun:test";
import { type CalendarSchedule, parseCronSchedule } from "./cron-schedule.ts";

function calendar(text: string): CalendarSchedule {
  const schedule = parseCronSchedule(text);
  if (schedule.type !== "calendar") throw new TypeError(`${text} is an interval`);
  return schedule;
}

describe("parseCronSchedule", () => {
  test.each<{ field: string; want: number[] }>([
    { field: "5", want: [5] },
    { field: "1-4", want: [1, 2, 3, 4] },
    { field: "*/20", want: [0, 20, 40] },
    { field: "50/4", want: [50, 54, 58] },
    { field: "1-9/4", want: [1, 5, 9] },
    { field: "1,3,3,,5", want: [1, 3, 5] },
    { field: "?/30", want: [0, 30] },
  ])("reads the minutes $field", ({ field, want }) => {
    expect([...calendar(`${field} * * * *`).minutes]).toEqual(want);
  });

  test("reads names of months and days", () => {
    const { months, daysOfWeek } = calendar("0 0 * jan-MAR Sun,fri");
    expect([...months]).toEqual([1, 2, 3]);
    expect([...daysOfWeek]).toEqual([0, 5]);
  });

  test("knows which days are restricted", () => {
    expect(calendar("0 0 1 * *")).toMatchObject({ restrictsDaysOfMonth: true, restrictsDaysOfWeek: false });
    expect(calendar("0 0 */2 * 1,*")).toMatchObject({
      restrictsDaysOfMonth: true,
      restrictsDaysOfWeek: false,
    });
  });

  test("reads descriptors", () => {
    expect(parseCronSchedule("@hourly")).toEqual(parseCronSchedule("0 * * * *"));
    expect(parseCronSchedule("@yearly")).toEqual(parseCronSchedule("0 0 1 1 *"));
    expect(parseCronSchedule("@every 1h30m")).toEqual({ type: "interval", everyMs: 5_400_000 });
    expect(parseCronSchedule("@every 10ms")).toEqual({ type: "interval", everyMs: 1000 });
  });

  test("skips a time zone", () => {
    expect(parseCronSchedule("CRON_TZ=UTC 0 * * * *")).toEqual(parseCronSchedule("@hourly"));
  });

  test.each<[text: string, message: string]>([
    ["", "empty spec string"],
    ["* * * *", "expected exactly 5 fields, found 4: [* * * *]"],
    ["* * * * * *", "expected exactly 5 fields, found 6: [* * * * * *]"],
    ["60 * * * *", "end of range (60) above maximum (59): 60"],
    ["* * 0 * *", "beginning of range (0) below minimum (1): 0"],
    ["* * * * 7", "end of range (7) above maximum (6): 7"],
    ["5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"],
    ["*/0 * * * *", "step of range should be a positive number: */0"],
    ["1-2-3 * * * *", "too many hyphens: 1-2-3"],
    ["1/2/3 * * * *", "too many slashes: 1/2/3"],
    ["a * * * *", 'failed to parse int from a: strconv.Atoi: parsing "a": invalid syntax'],
    ["*/-1 * * * *", "negative number (-1) not allowed: -1"],
    ["@often", "unrecognized descriptor: @often"],
    ["@every x", 'failed to parse duration @every x: time: invalid duration "x"'],
    ["TZ=0", "invalid schedule format: runtime error: slice bounds out of range [:-1]"],
  ])("refuses %p in upstream's words", (text, message) => {
    expect(() => parseCronSchedule(text)).toThrow(message);
  });
});
