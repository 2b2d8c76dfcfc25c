import { invalid, notFound, required } from "#apimachinery/field-error.ts";
import { compileLabelSet } from "#apimachinery/selectors/label-selector.ts";
import { validateEndlessPods, validateTemplateLabels } from "../../apps/v1/pod-selector.ts";
import { validateCounts, validateNotAbove } from "../../apps/v1/status-counts.ts";
import type { ReplicationController } from "../../generated/core-v1.ts";
import { validateNonNegative, validateOptional } from "../../validation/checks.ts";
import { collectEach, collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { semanticallyEqual } from "../../validation/equality.ts";
import { isEmptyMap, sortedMap } from "../../validation/lists.ts";
import { validatePodTemplate } from "./pod-template.ts";

const NON_CONVERTIBLE = "non-convertible.kubernetes.io";

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

export function validateReplicationControllerUpdate(
  next: ReplicationController,
  previous: ReplicationController,
): FieldErrors {
  return collectErrors(validateReplicationController(next), validateBrokenFields(next, previous));
}

/** What was lost when the object came from another version, as annotations of the old object say. */
function validateBrokenFields(next: ReplicationController, previous: ReplicationController): FieldErrors {
  const { annotations = {} } = previous.metadata;
  return collectEach(Object.keys(annotations), (key) => {
    const [prefix, field, ...more] = key.split("/");
    if (prefix !== NON_CONVERTIBLE || field === undefined || more.length > 0) return [];
    if (!field.includes("selector")) {
      return notFound(field, annotations[key], "unknown non-convertible field");
    }
    const { selector } = next.spec;
    return semanticallyEqual(selector, previous.spec.selector)
      ? []
      : invalid("spec.selector", selector && sortedMap(selector), "cannot update non-convertible selector");
  });
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
