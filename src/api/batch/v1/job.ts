import { isConditionTrue } from "#apimachinery/conditions.ts";
import { quote } from "#apimachinery/go-text.ts";
import { formatHumanDuration } from "#apimachinery/human-duration.ts";
import { describeLabelSelector } from "#apimachinery/selectors/label-selector.ts";
import { isNewlyWanted, podNameWarnings } from "../../apps/v1/workload-warnings.ts";
import { ageColumn, containerColumns, nameColumn, textColumn, wideColumn } from "../../columns.ts";
import { podTemplateWarnings } from "../../core/v1/pod-spec/warnings.ts";
import { dropDisabledTemplateFields, setPodTemplateDefaults } from "../../core/v1/pod-template.ts";
import { fillAbsent, fillZero, mapField, mapList } from "../../defaulting.ts";
import type { Job, JobSpec } from "../../generated/batch-v1.ts";
import { defineKind, type WriteContext } from "../../kind.ts";
import { validateJob, validateJobUpdate } from "./job.validation.ts";
import { generateSelector } from "./job-selector.ts";
import { validateJobStatusUpdate } from "./job-status.validation.ts";

const MAX_INT32 = 2 ** 31 - 1;

/** The conditions that a table names, the first that is true counting; deletion comes after the first two. */
const FINAL_CONDITIONS = ["Complete", "Failed"];
const OTHER_CONDITIONS = ["Suspended", "FailureTarget", "SuccessCriteriaMet"];

export const job = defineKind<Job>(
  { apiVersion: "batch/v1", kind: "Job" },
  {
    columns: [
      nameColumn,
      textColumn("Status", describeStatus),
      textColumn("Completions", describeCompletions),
      { name: "Duration", type: "string", value: describeDuration },
      ageColumn,
      ...containerColumns<Job>(({ spec }) => spec.template.spec?.containers),
      wideColumn("Selector", ({ spec }) => describeLabelSelector(spec.selector)),
    ],
    setDefaults,
    prepareForCreate: (object, context) => dropDisabledFields(generateSelector(object), undefined, context),
    prepareForUpdate: dropDisabledFields,
    validate: validateJob,
    validateUpdate: validateJobUpdate,
    validateStatusUpdate: validateJobStatusUpdate,
    warnings: (next, previous) => [
      ...(previous === undefined ? podNameWarnings(next.metadata.name) : []),
      ...(isNewlyWanted(next, previous) ? jobSpecWarnings(next.spec, "spec") : []),
    ],
    selectableFields: { "status.successful": ({ status }) => String(status?.succeeded ?? 0) },
    describeUnselectable: (field) => `field label ${quote(field)} not supported for batchv1.Job`,
    defaultPropagation: "Orphan",
    deletionWarning:
      "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning",
  },
);

/** Warnings of pods, and of more indexes than the status can keep track of. */
export function jobSpecWarnings(spec: JobSpec, path: string): readonly string[] {
  return [...indexWarnings(spec, path), ...podTemplateWarnings(spec.template, `${path}.template`)];
}

function indexWarnings(spec: JobSpec, path: string): readonly string[] {
  const { completionMode, completions = 0, parallelism = 0 } = spec;
  return completionMode === "Indexed" && completions > 100_000 && parallelism > 10_000
    ? [
        `${path}: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail`,
      ]
    : [];
}

/** Defaults of the pods and policies of a job, which the template of a CronJob gets too. */
export function setJobTemplateDefaults(spec: JobSpec): JobSpec {
  const templated = mapField(fillAbsent(spec, { template: {} }), "template", setPodTemplateDefaults);
  return mapField(templated, "podFailurePolicy", (policy) =>
    mapField(policy, "rules", (rules) =>
      mapList(rules, (rule) =>
        mapField(rule, "onPodConditions", (patterns) =>
          mapList(patterns, (pattern) => fillZero(pattern, { status: "True" })),
        ),
      ),
    ),
  );
}

function setDefaults(object: Job): Job {
  const labels = object.spec.template?.metadata?.labels;
  const isLabelled = Object.keys(object.metadata.labels ?? {}).length > 0;
  const labelled =
    labels === undefined || isLabelled ? object : { ...object, metadata: { ...object.metadata, labels } };
  return mapField(labelled, "spec", setSpecDefaults);
}

function setSpecDefaults(spec: JobSpec): JobSpec {
  const isSingle = spec.completions === undefined && spec.parallelism === undefined;
  const filled = fillAbsent(isSingle ? { ...spec, completions: 1 } : spec, {
    parallelism: 1,
    backoffLimit: spec.backoffLimitPerIndex === undefined ? 6 : MAX_INT32,
    completionMode: "NonIndexed",
    suspend: false,
    podReplacementPolicy: spec.podFailurePolicy === undefined ? "TerminatingOrFailed" : "Failed",
    manualSelector: false,
  });
  return setJobTemplateDefaults(filled);
}

function dropDisabledFields(next: Job, previous: Job | undefined, context: WriteContext): Job {
  return mapField(next, "spec", (spec) =>
    mapField(spec, "template", (template) =>
      dropDisabledTemplateFields(template, previous?.spec.template, context),
    ),
  );
}

function describeStatus({ metadata, status }: Job): string {
  const isTrue = (type: string) => isConditionTrue(status?.conditions, type);
  const final = FINAL_CONDITIONS.find(isTrue);
  if (final !== undefined) return final;
  if ((metadata.deletionTimestamp ?? null) !== null) return "Terminating";
  return OTHER_CONDITIONS.find(isTrue) ?? "Running";
}

function describeCompletions({ spec: { completions, parallelism = 0 }, status }: Job): string {
  const succeeded = String(status?.succeeded ?? 0);
  if (completions !== undefined) return `${succeeded}/${String(completions)}`;
  return parallelism > 1 ? `${succeeded}/1 of ${String(parallelism)}` : `${succeeded}/1`;
}

function describeDuration({ status }: Job, now: number): string {
  const { startTime, completionTime } = status ?? {};
  if (!startTime) return "";
  return formatHumanDuration((completionTime ? Date.parse(completionTime) : now) - Date.parse(startTime));
}
