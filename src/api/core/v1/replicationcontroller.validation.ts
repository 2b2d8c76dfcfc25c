import { required } from "#apimachinery/field-error.ts";
import { compileLabelSet } from "#apimachinery/selectors/label-selector.ts";
import { validateEndlessPods, validateTemplateLabels } from "../../apps/v1/pod-selector.ts";
import { validateCounts, validateNotAbove } from "../../apps/v1/status-counts.ts";
import type { ReplicationController } from "../../generated/core-v1.ts";
import { validateNonNegative, validateOptional } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { isEmptyMap } from "../../validation/lists.ts";
import { validatePodTemplate } from "./pod-template.ts";

const COUNTS = [
  "replicas",
  "fullyLabeledReplicas",
  "readyReplicas",
  "availableReplicas",
  "observedGeneration",
] as const;

export function validateReplicationController({ spec }: ReplicationController): FieldErrors {
  const { minReadySeconds, selector, replicas, template } = spec;
  const hasSelector = !isEmptyMap(selector);
  const path = "spec.template";
  return collectErrors(
    validateNonNegative(minReadySeconds, "spec.minReadySeconds"),
    !hasSelector && required("spec.selector"),
    replicas === undefined ? required("spec.replicas") : validateNonNegative(replicas, "spec.replicas"),
    ...(template === undefined
      ? [required(path)]
      : [
          hasSelector && validateTemplateLabels(compileLabelSet(selector), template, path),
          validatePodTemplate(template, path),
          validateEndlessPods(template, path, "ReplicationController"),
        ]),
  );
}

export function validateReplicationControllerStatus({ status }: ReplicationController): FieldErrors {
  return validateOptional(status, "status", (counts, path) =>
    collectErrors(
      validateCounts(counts, path, COUNTS),
      validateNotAbove(counts, path, {
        fields: ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"],
        limit: "replicas",
        limitName: "status.replicas",
      }),
      validateNotAbove(counts, path, {
        fields: ["availableReplicas"],
        limit: "readyReplicas",
        limitName: "readyReplicas",
      }),
    ),
  );
}
