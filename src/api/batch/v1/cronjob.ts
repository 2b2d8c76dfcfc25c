import { describeLabelSelector } from "#apimachinery/selectors/label-selector.ts";
import { isNewlyWanted, podNameWarnings } from "../../apps/v1/workload-warnings.ts";
import { ageColumn, containerColumns, formatAge, nameColumn, textColumn, wideColumn } from "../../columns.ts";
import { dropDisabledTemplateFields } from "../../core/v1/pod-template.ts";
import { fillAbsent, fillZero, mapField } from "../../defaulting.ts";
import type { CronJob, CronJobSpec, JobTemplateSpec } from "../../generated/batch-v1.ts";
import { defineKind, type WriteContext } from "../../kind.ts";
import { validateCronJob, validateCronJobUpdate } from "./cronjob.validation.ts";
import { jobSpecWarnings, setJobTemplateDefaults } from "./job.ts";

export const cronJob = defineKind<CronJob>(
  { apiVersion: "batch/v1", kind: "CronJob" },
  {
    columns: [
      nameColumn,
      textColumn("Schedule", ({ spec }) => spec.schedule),
      textColumn("Timezone", ({ spec }) => spec.timeZone ?? "<none>"),
      { name: "Suspend", type: "boolean", value: ({ spec }) => describeSuspend(spec) },
      { name: "Active", type: "integer", value: ({ status }) => status?.active?.length ?? 0 },
      {
        name: "Last Schedule",
        type: "string",
        value: ({ status }, now) =>
          status?.lastScheduleTime ? formatAge(status.lastScheduleTime, now) : "<none>",
      },
      ageColumn,
      ...containerColumns<CronJob>(({ spec }) => spec.jobTemplate.spec?.template.spec?.containers),
      wideColumn("Selector", ({ spec }) => describeLabelSelector(spec.jobTemplate.spec?.selector)),
    ],
    setDefaults: (object) => mapField(object, "spec", setSpecDefaults),
    prepareForCreate: (object, context) => dropDisabledFields(object, undefined, context),
    prepareForUpdate: dropDisabledFields,
    validate: validateCronJob,
    validateUpdate: validateCronJobUpdate,
    warnings: cronJobWarnings,
  },
);

function describeSuspend({ suspend }: CronJobSpec): string {
  if (suspend === undefined) return "<unset>";
  return suspend ? "True" : "False";
}

function setSpecDefaults(spec: CronJobSpec): CronJobSpec {
  const filled = fillAbsent(fillZero(spec, { concurrencyPolicy: "Allow" }), {
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
    jobTemplate: {},
  });
  return mapField(filled, "jobTemplate", (template) =>
    mapField(
      fillAbsent<JobTemplateSpec>(template, { spec: { template: {} } }),
      "spec",
      setJobTemplateDefaults,
    ),
  );
}

function dropDisabledFields(next: CronJob, previous: CronJob | undefined, context: WriteContext): CronJob {
  const old = previous?.spec.jobTemplate.spec?.template;
  return mapField(next, "spec", (spec) =>
    mapField(spec, "jobTemplate", (jobTemplate) =>
      mapField(jobTemplate, "spec", (jobSpec) =>
        mapField(jobSpec, "template", (template) => dropDisabledTemplateFields(template, old, context)),
      ),
    ),
  );
}

function cronJobWarnings(next: CronJob, previous: CronJob | undefined): readonly string[] {
  const { metadata, spec } = next;
  const jobSpec = isNewlyWanted(next, previous) ? spec.jobTemplate.spec : undefined;
  return [
    ...(previous === undefined ? podNameWarnings(metadata.name) : []),
    ...(jobSpec === undefined ? [] : jobSpecWarnings(jobSpec, "spec.jobTemplate.spec")),
    ...(previous !== undefined && spec.schedule.includes("TZ")
      ? [
          "cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details",
        ]
      : []),
  ];
}
