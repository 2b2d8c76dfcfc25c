/** What may change in the template of a Job: nothing, unless it is suspended and has no pods. */

import { isConditionTrue } from "#apimachinery/conditions.ts";
import { invalid } from "#apimachinery/field-error.ts";
import { omit } from "#base/omit.ts";
import type { Job } from "../../generated/batch-v1.ts";
import type { Affinity, Container, PodSpec, PodTemplateSpec } from "../../generated/core-v1.ts";
import { IMMUTABLE_MESSAGE, validateImmutable } from "../../validation/checks.ts";
import type { FieldErrors } from "../../validation/collect-errors.ts";
import { semanticallyEqual } from "../../validation/equality.ts";

/** Parts of a pod that only say where it runs. */
const SCHEDULING_FIELDS = ["nodeSelector", "tolerations", "schedulingGates"] as const;

export function validateTemplateUpdate(next: Job, previous: Job): FieldErrors {
  const { template } = next.spec;
  const { template: old } = previous.spec;
  if (!isTemplateMutable(previous)) return validateImmutable(template, old, "spec.template");
  const isSame = semanticallyEqual(immutablePart(template), immutablePart(old));
  return isSame ? [] : [invalid("spec.template", template, IMMUTABLE_MESSAGE)];
}

function isTemplateMutable({ spec, status }: Job): boolean {
  const hasNotStarted = (status?.startTime ?? null) === null;
  const isSuspended = isConditionTrue(status?.conditions, "Suspended");
  return spec.suspend === true && (hasNotStarted || isSuspended) && (status?.active ?? 0) === 0;
}

function immutablePart({ metadata = {}, spec }: PodTemplateSpec): unknown {
  return { metadata: omit(metadata, "labels", "annotations"), spec: spec && immutablePodPart(spec) };
}

function immutablePodPart(spec: PodSpec): unknown {
  const { affinity, containers, initContainers } = spec;
  return {
    ...omit(spec, ...SCHEDULING_FIELDS),
    affinity: withoutNodeAffinity(affinity),
    containers: containers.map(withoutResources),
    initContainers: initContainers?.map(withoutResources),
  };
}

function withoutNodeAffinity(affinity: Affinity | undefined): unknown {
  return affinity && omit(affinity, "nodeAffinity");
}

function withoutResources(container: Container): unknown {
  return omit(container, "resources");
}
