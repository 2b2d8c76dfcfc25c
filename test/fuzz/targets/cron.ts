import { CronScheduleError, parseCronSchedule } from "#api/batch/v1/cron-schedule.ts";
import { ensure, textTarget } from "../engine/target.ts";

/** Schedules of CronJobs. */
export const target = textTarget({
  seeds: [
    "*/5 * * * *",
    "0 0 1,15 jan-mar mon-fri",
    "@every 1h30m",
    "@daily",
    "TZ=Europe/Berlin 0 4 * * *",
    "? ? ? ? ?",
    "59-0 * * * *",
    "* * * * 7",
    "*/0 * * * *",
  ],
  dictionary: [
    "*",
    "/",
    "-",
    ",",
    "?",
    "@every ",
    "@hourly",
    "CRON_TZ=",
    "UTC ",
    "jan",
    "SUN",
    "99999999999999999999",
  ],
  grammar: {
    start: ["<field> <field> <field> <field> <field>", "@every <number><unit>", "TZ=UTC <start>"],
    field: ["*", "<range>", "<range>,<field>", "*/<number>", "<range>/<number>", "?"],
    range: ["1", "<number>", "<number>-<number>", "<name>", "<name>-<name>"],
    number: ["1", "0", "5", "12", "31", "59", "60", "007", "4294967296"],
    name: ["mon", "jan", "Feb", "sun", "dec"],
    unit: ["h", "m", "s", "ms", "ns"],
  },
  maxBytes: 500,
  refusals: [CronScheduleError],
  open: () => (text) => {
    const schedule = parseCronSchedule(text);
    return () => {
      if (schedule.type === "interval") {
        ensure(schedule.everyMs >= 1000, "An interval has a second at least");
        return;
      }
      const { minutes, hours, months, daysOfMonth, daysOfWeek } = schedule;
      // A field of nothing but commas names none, as upstream.
      const isWithin = (values: ReadonlySet<number>, min: number, max: number): boolean =>
        [...values].every((each) => Number.isInteger(each) && each >= min && each <= max);
      ensure(isWithin(minutes, 0, 59) && isWithin(hours, 0, 23), "There are such times");
      ensure(
        isWithin(months, 1, 12) && isWithin(daysOfMonth, 1, 31) && isWithin(daysOfWeek, 0, 6),
        "There are such days",
      );
    };
  },
});
