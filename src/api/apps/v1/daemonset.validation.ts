import { invalid, notSupported, required } from "#apimachinery/field-error.ts";
import { validateLabelSelector } from "#apimachinery/selectors/label-validation.ts";
import { validatePodTemplate } from "../../core/v1/pod-template.ts";
import type {
  DaemonSet,
  DaemonSetSpec,
  DaemonSetUpdateStrategy,
  RollingUpdateDaemonSet,
} from "../../generated/apps-v1.ts";
import { validateNonNegative } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import {
  isZeroIntOrPercent,
  validateAtMost100Percent,
  validateIntOrPercent,
} from "../../validation/int-or-percent.ts";
import { type InternalForm, internalForm } from "../../validation/internal-form.ts";
import { printedSelector } from "../../validation/printed-selector.ts";
import {
  isEmptySelector,
  matcherOf,
  validateEndlessPods,
  validateSelectorKept,
  validateTemplateLabels,
} from "./pod-selector.ts";
import { validateCollisionCount, validateCounts } from "./status-counts.ts";

const STRATEGY: InternalForm = { Type: "", RollingUpdate: { MaxUnavailable: 0, MaxSurge: 0 } };

interface Tolerance {
  readonly allowInvalidLabelValues: boolean;
}

export function validateDaemonSet({ spec }: DaemonSet): FieldErrors {
  return validateSpec(spec, "spec", { allowInvalidLabelValues: false });
}

export function validateDaemonSetUpdate(next: DaemonSet, previous: DaemonSet): FieldErrors {
  const { selector } = previous.spec;
  return collectErrors(
    validateSpec(next.spec, "spec", {
      allowInvalidLabelValues: validateLabelSelector(selector, "").length > 0,
    }),
    validateSelectorKept(next.spec.selector, selector, "spec.selector"),
  );
}

export function validateDaemonSetStatusUpdate(
  { status }: DaemonSet,
  { status: previous }: DaemonSet,
): FieldErrors {
  return collectErrors(
    validateCounts(status ?? {}, "status", [
      "currentNumberScheduled",
      "numberMisscheduled",
      "desiredNumberScheduled",
      "numberReady",
      "observedGeneration",
      "updatedNumberScheduled",
      "numberAvailable",
      "numberUnavailable",
      "collisionCount",
    ]),
    validateCollisionCount(status?.collisionCount, previous?.collisionCount, "status.collisionCount"),
  );
}

function validateSpec(spec: DaemonSetSpec, path: string, tolerance: Tolerance): FieldErrors {
  const { selector, template } = spec;
  const selectorPath = `${path}.selector`;
  const matcher = matcherOf(selector);
  return collectErrors(
    validateLabelSelector(selector, selectorPath, tolerance),
    matcher && validateTemplateLabels(matcher, template, `${path}.template`),
    selector !== undefined &&
      isEmptySelector(selector) &&
      invalid(selectorPath, printedSelector(selector), "empty selector is invalid for daemonset"),
    validatePodTemplate(template, `${path}.template`),
    validateEndlessPods(template, `${path}.template`, "DaemonSet"),
    validateNonNegative(spec.minReadySeconds, `${path}.minReadySeconds`),
    validateStrategy(spec.updateStrategy ?? {}, `${path}.updateStrategy`),
    validateNonNegative(spec.revisionHistoryLimit, `${path}.revisionHistoryLimit`),
  );
}

function validateStrategy(strategy: DaemonSetUpdateStrategy, path: string): FieldErrors {
  const { type, rollingUpdate } = strategy;
  if (type === "OnDelete") return [];
  if (type !== "RollingUpdate") {
    return [notSupported(path, internalForm(strategy, STRATEGY), ["RollingUpdate", "OnDelete"])];
  }
  return rollingUpdate === undefined
    ? [required(`${path}.rollingUpdate`)]
    : validateRollingUpdate(rollingUpdate, `${path}.rollingUpdate`);
}

/** Pods are replaced either before or after their successors start, so exactly one of the two counts. */
function validateRollingUpdate(update: RollingUpdateDaemonSet, path: string): FieldErrors {
  const { maxUnavailable = 0, maxSurge = 0 } = update;
  const unavailablePath = `${path}.maxUnavailable`;
  const surgePath = `${path}.maxSurge`;
  const isSurging = !isZeroIntOrPercent(maxSurge);
  const isInterrupting = !isZeroIntOrPercent(maxUnavailable);
  return collectErrors(
    validateIntOrPercent(maxUnavailable, unavailablePath),
    validateIntOrPercent(maxSurge, surgePath),
    validateAtMost100Percent(maxUnavailable, unavailablePath),
    validateAtMost100Percent(maxSurge, surgePath),
    isInterrupting &&
      isSurging &&
      invalid(surgePath, maxSurge, "may not be set when maxUnavailable is non-zero"),
    !isInterrupting && !isSurging && required(unavailablePath, "cannot be 0 when maxSurge is 0"),
  );
}
