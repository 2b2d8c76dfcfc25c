/** The selector of a Job, which the server makes of its uid unless the user wants otherwise. */
import { invalid, keyPath, required } from "#apimachinery/field-error.ts";
import { matcherOf } from "../../apps/v1/pod-selector.ts";
import type { Job } from "../../generated/batch-v1.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { sortedMap } from "../../validation/lists.ts";
import { printedSelector } from "../../validation/printed-selector.ts";

const UID_LABEL = "batch.kubernetes.io/controller-uid";
const NAME_LABEL = "batch.kubernetes.io/job-name";
const LEGACY_UID_LABEL = "controller-uid";
const LEGACY_NAME_LABEL = "job-name";

type Labels = Readonly<Record<string, string>>;

/** Adds the labels to the template that are not there, and selects the pods by the uid of the job. */
export function generateSelector(job: Job): Job {
  if (job.spec.manualSelector === true) return job;
  const { name, uid } = job.metadata;
  const { template, selector } = job.spec;
  const labels: Labels = { ...generatedLabels(name, uid), ...template.metadata?.labels };
  const matchLabels: Labels = { [UID_LABEL]: uid, ...selector?.matchLabels };
  return {
    ...job,
    spec: {
      ...job.spec,
      selector: { ...selector, matchLabels },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

/** Jobs of before the labels had a prefix may go without it. */
export function hasPrefixedLabels({ spec }: Job): boolean {
  const labels = spec.template.metadata?.labels ?? {};
  return NAME_LABEL in labels && UID_LABEL in labels;
}

/** A user may write the same labels, but no others under these names. */
export function validateGeneratedSelector(job: Job, needsPrefixedLabels: boolean): FieldErrors {
  const { metadata, spec } = job;
  if (spec.manualSelector === true || spec.selector === undefined) return [];
  const { [UID_LABEL]: uid, [NAME_LABEL]: name, ...legacy } = generatedLabels(metadata.name, metadata.uid);
  const expected: Labels = needsPrefixedLabels ? { ...legacy, [UID_LABEL]: uid, [NAME_LABEL]: name } : legacy;
  const matcher = matcherOf(spec.selector);
  return collectErrors(
    metadata.uid === "" && required("metadata.uid"),
    validateLabelValues(spec.template.metadata?.labels, expected, "spec.template.metadata.labels"),
    matcher !== undefined &&
      !matcher.matches(expected) &&
      invalid("spec.selector", printedSelector(spec.selector), "`selector` not auto-generated"),
  );
}

function generatedLabels(name: string, uid: string) {
  return { [LEGACY_UID_LABEL]: uid, [LEGACY_NAME_LABEL]: name, [UID_LABEL]: uid, [NAME_LABEL]: name };
}

function validateLabelValues(labels: Labels = {}, expected: Labels, path: string): FieldErrors {
  return Object.entries(expected).flatMap(([key, value]) => {
    const actual = labels[key];
    const labelPath = keyPath(path, key);
    if (actual === undefined) return [required(labelPath, `must be '${value}'`)];
    return actual === value ? [] : [invalid(labelPath, sortedMap(labels), `must be '${value}'`)];
  });
}
