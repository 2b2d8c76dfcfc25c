import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf } from "#testing/kinds.ts";
import { aCronJob, aPodTemplate } from "#testing/workloads.ts";
import type { CronJob, CronJobSpec } from "../../generated/batch-v1.ts";
import { cronJob } from "./cronjob.ts";

function defaulted(spec: Partial<CronJobSpec> = {}, name = "nightly"): CronJob {
  const object = aCronJob(name, { spec });
  return cronJob.setDefaults?.(object) ?? object;
}

const pods = { template: aPodTemplate({ restartPolicy: "Never" }) };

test("defaults keep three good jobs and one bad one", () => {
  const { spec } = defaulted();
  expect(spec).toMatchObject({
    concurrencyPolicy: "Allow",
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  });
  expect(spec.jobTemplate.spec?.template.spec?.dnsPolicy).toBe("ClusterFirst");
  expect(spec.jobTemplate.spec).not.toHaveProperty("completions");
});

describe("cronJob.validate", () => {
  const cases: { name: string; object: CronJob; want: string[] }[] = [
    { name: "the defaults", object: defaulted({ timeZone: "Europe/Berlin" }), want: [] },
    { name: "no schedule", object: defaulted({ schedule: "" }), want: ["spec.schedule: Required value"] },
    {
      name: "a schedule that cannot be read",
      object: defaulted({ schedule: "* * * *" }),
      want: ['spec.schedule: Invalid value: "* * * *": expected exactly 5 fields, found 4: [* * * *]'],
    },
    {
      name: "a time zone in the schedule",
      object: defaulted({ schedule: "TZ=UTC 0 * * * *" }),
      want: [
        'spec.schedule: Invalid value: "TZ=UTC 0 * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
      ],
    },
    ...["", "../etc", "Mars/Olympus", "Local"].map((timeZone) => ({
      name: `the time zone "${timeZone}"`,
      object: defaulted({ timeZone }),
      want: [
        `spec.timeZone: Invalid value: "${timeZone}": ${
          timeZone === ""
            ? "timeZone must be nil or non-empty string"
            : timeZone === "Local"
              ? "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"
              : `unknown time zone ${timeZone}`
        }`,
      ],
    })),
    {
      name: "negative numbers and an unknown policy",
      object: defaulted({
        startingDeadlineSeconds: -1,
        concurrencyPolicy: "Queue" as "Allow",
        successfulJobsHistoryLimit: -1,
        failedJobsHistoryLimit: -1,
      }),
      want: [
        "spec.startingDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0",
        'spec.concurrencyPolicy: Unsupported value: "Queue": supported values: "Allow", "Forbid", "Replace"',
        "spec.successfulJobsHistoryLimit: Invalid value: -1: must be greater than or equal to 0",
        "spec.failedJobsHistoryLimit: Invalid value: -1: must be greater than or equal to 0",
      ],
    },
    {
      name: "a selector of the job's own",
      object: defaulted({
        jobTemplate: { spec: { ...pods, selector: { matchLabels: { a: "b" } }, manualSelector: true } },
      }),
      want: [
        'spec.jobTemplate.spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: `selector` will be auto-generated',
        'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"',
      ],
    },
    {
      name: "a bad job",
      object: defaulted({ jobTemplate: { spec: { ...pods, backoffLimit: -1 } } }),
      want: ["spec.jobTemplate.spec.backoffLimit: Invalid value: -1: must be greater than or equal to 0"],
    },
    {
      name: "a name without room for the job's suffix",
      object: defaulted({}, "x".repeat(53)),
      want: [`metadata.name: Invalid value: "${"x".repeat(53)}": must be no more than 52 characters`],
    },
  ];

  test.each(cases)("judges $name", ({ object, want }) => {
    expect(errorTexts(cronJob.validate?.(object))).toEqual(want);
  });

  test("refuses an empty template in words", () => {
    const texts = errorTexts(cronJob.validate?.(defaulted({ jobTemplate: {} })));
    expect(texts).toContain("spec.jobTemplate.spec.template.spec.containers: Required value");
  });
});

describe("cronJob.validateUpdate", () => {
  test("tolerates a stored time zone and a long name", () => {
    const stored = defaulted({ schedule: "TZ=UTC 0 * * * *", timeZone: "Mars/Olympus" }, "x".repeat(53));
    expect(errorTexts(cronJob.validateUpdate?.(stored, stored))).toEqual([
      'spec.schedule: Invalid value: "TZ=UTC 0 * * * *": cannot use both timeZone field and TZ or CRON_TZ in schedule',
    ]);
    const zoned = defaulted({ schedule: "TZ=UTC 0 * * * *" });
    expect(cronJob.validateUpdate?.(zoned, zoned)).toEqual([]);
    expect(cronJob.warnings?.(zoned, zoned)).toHaveLength(1);
    expect(cronJob.warnings?.(zoned, undefined)).toEqual([]);
  });
});

test("the table shows when it ran last", () => {
  const object = aCronJob("nightly", {
    spec: { suspend: true, timeZone: "UTC" },
    status: { lastScheduleTime: "1970-01-01T00:00:00Z", active: [{ name: "a" }] },
  });
  expect(rowOf(cronJob, object, 600_000)).toMatchObject({
    Schedule: "*/5 * * * *",
    Timezone: "UTC",
    Suspend: "True",
    Active: 1,
    "Last Schedule": "10m",
    Containers: "web",
    Selector: "<none>",
  });
  expect(rowOf(cronJob, aCronJob("a"))).toMatchObject({ Suspend: "<unset>", "Last Schedule": "<none>" });
});
