import { invalid, notSupported, required } from "#apimachinery/field-error.ts";
import type { CronJob, CronJobSpec, JobTemplateSpec } from "../../generated/batch-v1.ts";
import { requireSupported, validateNonNegative, validateOptional } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { printedSelector } from "../../validation/printed-selector.ts";
import { CronScheduleError, parseCronSchedule } from "./cron-schedule.ts";
import { validateJobTemplateSpec } from "./job.validation.ts";
import { validateTimeZone } from "./time-zone.ts";

/** Jobs are called by the CronJob and 11 more characters, in the 63 of a label. */
const MAX_NAME_LENGTH = 52;

export function validateCronJob({ metadata: { name }, spec }: CronJob): FieldErrors {
  return collectErrors(
    validateSpec(spec, "spec"),
    name.length > MAX_NAME_LENGTH &&
      invalid("metadata.name", name, `must be no more than ${String(MAX_NAME_LENGTH)} characters`),
  );
}

export function validateCronJobUpdate({ spec }: CronJob, previous: CronJob): FieldErrors {
  return validateSpec(spec, "spec", previous.spec);
}

function validateSpec(spec: CronJobSpec, path: string, previous?: CronJobSpec): FieldErrors {
  const isNewTimeZone = previous === undefined || previous.timeZone !== spec.timeZone;
  return collectErrors(
    spec.schedule === ""
      ? required(`${path}.schedule`)
      : validateSchedule(spec, `${path}.schedule`, previous?.schedule.includes("TZ") ?? false),
    validateNonNegative(spec.startingDeadlineSeconds, `${path}.startingDeadlineSeconds`),
    isNewTimeZone && validateOptional(spec.timeZone, `${path}.timeZone`, validateTimeZone),
    requireSupported(spec.concurrencyPolicy, `${path}.concurrencyPolicy`, ["Allow", "Forbid", "Replace"]),
    validateJobTemplate(spec.jobTemplate, `${path}.jobTemplate`),
    validateNonNegative(spec.successfulJobsHistoryLimit, `${path}.successfulJobsHistoryLimit`),
    validateNonNegative(spec.failedJobsHistoryLimit, `${path}.failedJobsHistoryLimit`),
  );
}

/** A time zone inside the schedule is tolerated where it was stored before. */
function validateSchedule(
  { schedule, timeZone }: CronJobSpec,
  path: string,
  allowTimeZone: boolean,
): FieldErrors {
  const problem = scheduleProblem(schedule);
  const hasTimeZone = schedule.includes("TZ");
  return collectErrors(
    problem !== undefined && invalid(path, schedule, problem),
    hasTimeZone &&
      allowTimeZone &&
      timeZone !== undefined &&
      invalid(path, schedule, "cannot use both timeZone field and TZ or CRON_TZ in schedule"),
    hasTimeZone &&
      !allowTimeZone &&
      invalid(path, schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"),
  );
}

function scheduleProblem(schedule: string): string | undefined {
  try {
    parseCronSchedule(schedule);
    return undefined;
  } catch (error) {
    if (error instanceof CronScheduleError) return error.message;
    throw error;
  }
}

function validateJobTemplate({ spec }: JobTemplateSpec, path: string): FieldErrors {
  const { selector, manualSelector } = spec ?? {};
  return collectErrors(
    validateJobTemplateSpec(spec ?? { template: {} }, `${path}.spec`),
    selector &&
      invalid(`${path}.spec.selector`, printedSelector(selector), "`selector` will be auto-generated"),
    manualSelector === true && notSupported(`${path}.spec.manualSelector`, manualSelector, ["nil", "false"]),
  );
}
