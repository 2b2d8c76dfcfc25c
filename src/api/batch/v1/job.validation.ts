import { invalid, notSupported, required, tooLong } from "#apimachinery/field-error.ts";
import { checkDNS1123Label } from "#apimachinery/formats.ts";
import { validateLabelSelector } from "#apimachinery/selectors/label-validation.ts";
import { matcherOf, validateSelectorKept, validateTemplateLabels } from "../../apps/v1/pod-selector.ts";
import { validatePodTemplate } from "../../core/v1/pod-template.ts";
import type { Job, JobSpec } from "../../generated/batch-v1.ts";
import {
  checkSupported,
  validateImmutable,
  validateNonNegative,
  validateOptional,
} from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { validateDomainPrefixedPath } from "../../validation/domain-paths.ts";
import { semanticallyEqual } from "../../validation/equality.ts";
import { type InternalForm, internalForm } from "../../validation/internal-form.ts";
import { validatePodFailurePolicy, validateSuccessPolicy } from "./job-policies.validation.ts";
import { hasPrefixedLabels, validateGeneratedSelector } from "./job-selector.ts";
import { validateTemplateUpdate } from "./job-template-update.ts";

/** Bounds what the status has to list: the completed and the failed indexes. */
const MAX_INDEXED_PARALLELISM = 100_000;
const MAX_FAILED_INDEXES = 100_000;
/** Above this number of completions, less may fail and run at the same time. */
const MANY_COMPLETIONS = 100_000;
const MAX_PARALLELISM_OF_MANY = 10_000;
const MAX_FAILED_INDEXES_OF_MANY = 10_000;
const MAX_MANAGED_BY_BYTES = 63;

const COUNTS = [
  "parallelism",
  "completions",
  "activeDeadlineSeconds",
  "backoffLimit",
  "ttlSecondsAfterFinished",
  "backoffLimitPerIndex",
  "maxFailedIndexes",
] as const;

/** In Go, the structures that messages print have other names for their fields. */
const SUCCESS_POLICY: InternalForm = { Rules: [{ SucceededIndexes: null, SucceededCount: null }] };
const POD_FAILURE_POLICY: InternalForm = {
  Rules: [
    {
      Action: "",
      OnExitCodes: { ContainerName: null, Operator: "", Values: null },
      OnPodConditions: [{ Type: "", Status: "" }],
    },
  ],
};

interface Tolerance {
  readonly allowInvalidLabelValues: boolean;
  readonly needsPrefixedLabels: boolean;
}

export function validateJob(job: Job): FieldErrors {
  return validateWith(job, { allowInvalidLabelValues: false, needsPrefixedLabels: true });
}

export function validateJobUpdate(next: Job, previous: Job): FieldErrors {
  const { spec } = next;
  const { spec: old } = previous;
  return collectErrors(
    validateWith(next, {
      allowInvalidLabelValues: validateLabelSelector(old.selector, "").length > 0,
      needsPrefixedLabels: hasPrefixedLabels(previous),
    }),
    validateCompletionsUpdate(spec, old, "spec.completions"),
    validateSelectorKept(spec.selector, old.selector, "spec.selector"),
    validateTemplateUpdate(next, previous),
    validateImmutable(spec.completionMode, old.completionMode, "spec.completionMode"),
    validateImmutable(spec.podFailurePolicy, old.podFailurePolicy, "spec.podFailurePolicy", (policy) =>
      internalForm(policy, POD_FAILURE_POLICY),
    ),
    validateImmutable(spec.backoffLimitPerIndex, old.backoffLimitPerIndex, "spec.backoffLimitPerIndex"),
    validateImmutable(spec.managedBy, old.managedBy, "spec.managedBy"),
    validateImmutable(spec.successPolicy, old.successPolicy, "spec.successPolicy", (policy) =>
      internalForm(policy, SUCCESS_POLICY),
    ),
  );
}

function validateWith(job: Job, { allowInvalidLabelValues, needsPrefixedLabels }: Tolerance): FieldErrors {
  const { selector, template } = job.spec;
  const matcher = matcherOf(selector);
  return collectErrors(
    validateGeneratedSelector(job, needsPrefixedLabels),
    validateJobTemplateSpec(job.spec, "spec"),
    selector === undefined
      ? required("spec.selector")
      : validateLabelSelector(selector, "spec.selector", { allowInvalidLabelValues }),
    matcher && validateTemplateLabels(matcher, template, "spec.template"),
    validateHostNames(job),
  );
}

/** The pods of an indexed job are called by their index, and the longest name must be a host name. */
function validateHostNames({
  metadata: { name },
  spec: { completionMode, completions = 0 },
}: Job): FieldErrors {
  const longest = `${name}-${String(completions - 1)}`;
  return completionMode === "Indexed" && completions > 0 && checkDNS1123Label(longest).length > 0
    ? [invalid("metadata.name", name, `will not able to create pod with invalid DNS label: ${longest}`)]
    : [];
}

/** Problems of a spec but for its selector, which the jobs of a CronJob do not have yet. */
export function validateJobTemplateSpec(spec: JobSpec, path: string): FieldErrors {
  const { managedBy, completionMode = "NonIndexed", podFailurePolicy } = spec;
  return collectErrors(
    ...COUNTS.map((count) => validateNonNegative(spec[count], `${path}.${count}`)),
    spec.maxFailedIndexes !== undefined &&
      spec.backoffLimitPerIndex === undefined &&
      required(`${path}.backoffLimitPerIndex`, "when maxFailedIndexes is specified"),
    validateOptional(managedBy, `${path}.managedBy`, validateManagedBy),
    checkSupported(completionMode, `${path}.completionMode`, ["NonIndexed", "Indexed"]),
    completionMode === "Indexed" && validateIndexedSpec(spec, path),
    completionMode === "NonIndexed" && validateUnindexedSpec(spec, path),
    podFailurePolicy && validatePodFailurePolicy(spec, `${path}.podFailurePolicy`),
    validateSuccess(spec, `${path}.successPolicy`),
    validateReplacement(spec, `${path}.podReplacementPolicy`),
    validatePodTemplate(spec.template, `${path}.template`),
    validateRestartPolicy(spec, `${path}.template.spec.restartPolicy`),
  );
}

function validateManagedBy(name: string, path: string): FieldErrors {
  return collectErrors(
    validateDomainPrefixedPath(name, path),
    Buffer.byteLength(name) > MAX_MANAGED_BY_BYTES && tooLong(path, MAX_MANAGED_BY_BYTES),
  );
}

function validateIndexedSpec(spec: JobSpec, path: string): FieldErrors {
  const { completions, parallelism = 0, maxFailedIndexes = 0, backoffLimitPerIndex } = spec;
  const isMany =
    completions !== undefined && completions > MANY_COMPLETIONS && backoffLimitPerIndex !== undefined;
  return collectErrors(
    completions === undefined && required(`${path}.completions`, "when completion mode is Indexed"),
    parallelism > MAX_INDEXED_PARALLELISM &&
      invalid(
        `${path}.parallelism`,
        parallelism,
        `${atMost(MAX_INDEXED_PARALLELISM)} when completion mode is Indexed`,
      ),
    completions !== undefined &&
      spec.maxFailedIndexes !== undefined &&
      maxFailedIndexes > completions &&
      invalid(`${path}.maxFailedIndexes`, maxFailedIndexes, "must be less than or equal to completions"),
    maxFailedIndexes > MAX_FAILED_INDEXES &&
      invalid(`${path}.maxFailedIndexes`, maxFailedIndexes, atMost(MAX_FAILED_INDEXES)),
    isMany && validateManyCompletions(spec, path),
  );
}

function validateManyCompletions({ parallelism = 0, maxFailedIndexes }: JobSpec, path: string): FieldErrors {
  const many = `when completions are above ${String(MANY_COMPLETIONS)} and used with backoff limit per index`;
  return collectErrors(
    maxFailedIndexes === undefined &&
      required(
        `${path}.maxFailedIndexes`,
        `must be specified when completions is above ${String(MANY_COMPLETIONS)}`,
      ),
    parallelism > MAX_PARALLELISM_OF_MANY &&
      invalid(`${path}.parallelism`, parallelism, `${atMost(MAX_PARALLELISM_OF_MANY)} ${many}`),
    (maxFailedIndexes ?? 0) > MAX_FAILED_INDEXES_OF_MANY &&
      invalid(`${path}.maxFailedIndexes`, maxFailedIndexes, `${atMost(MAX_FAILED_INDEXES_OF_MANY)} ${many}`),
  );
}

function atMost(max: number): string {
  return `must be less than or equal to ${String(max)}`;
}

function validateUnindexedSpec(spec: JobSpec, path: string): FieldErrors {
  return (["backoffLimitPerIndex", "maxFailedIndexes"] as const)
    .filter((field) => spec[field] !== undefined)
    .map((field) => invalid(`${path}.${field}`, spec[field], "requires indexed completion mode"));
}

function validateSuccess(spec: JobSpec, path: string): FieldErrors {
  if (spec.successPolicy === undefined) return [];
  return spec.completionMode === "Indexed"
    ? validateSuccessPolicy(spec, path)
    : [invalid(path, internalForm(spec.successPolicy, SUCCESS_POLICY), "requires indexed completion mode")];
}

/** Pods whose failure is judged by a policy are replaced only when they have failed for good. */
function validateReplacement({ podReplacementPolicy, podFailurePolicy }: JobSpec, path: string): FieldErrors {
  const supported = podFailurePolicy === undefined ? ["Failed", "TerminatingOrFailed"] : ["Failed"];
  return checkSupported(podReplacementPolicy, path, supported);
}

function validateRestartPolicy({ template, podFailurePolicy }: JobSpec, path: string): FieldErrors {
  const { restartPolicy = "" } = template.spec ?? {};
  // Always is what defaulting makes of a policy that was left out.
  if (restartPolicy === "" || restartPolicy === "Always") {
    return [required(path, 'valid values: "OnFailure", "Never"')];
  }
  if (restartPolicy !== "OnFailure" && restartPolicy !== "Never") {
    return [notSupported(path, restartPolicy, ["OnFailure", "Never"])];
  }
  return podFailurePolicy !== undefined && restartPolicy !== "Never"
    ? [invalid(path, restartPolicy, 'only "Never" is supported when podFailurePolicy is specified')]
    : [];
}

/** An indexed job can be scaled, by both numbers together. */
function validateCompletionsUpdate(next: JobSpec, previous: JobSpec, path: string): FieldErrors {
  if (next.completionMode !== "Indexed") {
    return validateImmutable(next.completions, previous.completions, path);
  }
  const isUnchanged = semanticallyEqual(next.completions, previous.completions);
  return isUnchanged || next.completions === undefined || next.completions === next.parallelism
    ? []
    : [invalid(path, next.completions, "can only be modified in tandem with spec.parallelism")];
}
