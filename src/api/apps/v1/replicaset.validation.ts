import { invalid } from "#apimachinery/field-error.ts";
import { validatePodTemplate } from "../../core/v1/pod-template.ts";
import type { ReplicaSet, ReplicaSetSpec } from "../../generated/apps-v1.ts";
import { validateNonNegative } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { printedSelector } from "../../validation/printed-selector.ts";
import {
  matcherOf,
  validateEndlessPods,
  validateRequiredSelector,
  validateSelectorKept,
  validateTemplateLabels,
} from "./pod-selector.ts";
import { validateCounts, validateNotAbove } from "./status-counts.ts";

export function validateReplicaSet({ spec }: ReplicaSet): FieldErrors {
  return validateSpec(spec, "spec");
}

export function validateReplicaSetUpdate(next: ReplicaSet, previous: ReplicaSet): FieldErrors {
  return collectErrors(
    validateSpec(next.spec, "spec", previous.spec),
    validateSelectorKept(next.spec.selector, previous.spec.selector, "spec.selector"),
  );
}

export function validateReplicaSetStatus({ status = { replicas: 0 } }: ReplicaSet): FieldErrors {
  return collectErrors(
    validateCounts(status, "status", [
      "replicas",
      "fullyLabeledReplicas",
      "readyReplicas",
      "availableReplicas",
      "observedGeneration",
      "terminatingReplicas",
    ]),
    validateNotAbove(status, "status", {
      fields: ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"],
      limit: "replicas",
      limitName: "status.replicas",
    }),
    validateNotAbove(status, "status", {
      fields: ["availableReplicas"],
      limit: "readyReplicas",
      limitName: "readyReplicas",
    }),
  );
}

/** What a Deployment and a ReplicaSet say of their pods. */
type ReplicaSpec = Pick<ReplicaSetSpec, "selector" | "template">;

/** The selector of a Deployment or ReplicaSet and the template of its pods. Upstream calls both deployments. */
export function validateReplicaTemplate(
  { selector, template }: ReplicaSpec,
  path: string,
  previous?: ReplicaSpec,
): FieldErrors {
  const matcher = matcherOf(selector);
  const templatePath = `${path}.template`;
  return collectErrors(
    validateRequiredSelector(selector, `${path}.selector`, "deployment"),
    matcher === undefined
      ? invalid(`${path}.selector`, printedSelector(selector), "invalid label selector")
      : [
          ...validateTemplateLabels(matcher, template, templatePath),
          ...validatePodTemplate(template, templatePath, previous?.template),
          ...validateEndlessPods(template, templatePath, "ReplicaSet"),
        ],
  );
}

function validateSpec(spec: ReplicaSetSpec, path: string, previous?: ReplicaSetSpec): FieldErrors {
  return collectErrors(
    validateNonNegative(spec.replicas, `${path}.replicas`),
    validateNonNegative(spec.minReadySeconds, `${path}.minReadySeconds`),
    validateReplicaTemplate(spec, path, previous),
  );
}
