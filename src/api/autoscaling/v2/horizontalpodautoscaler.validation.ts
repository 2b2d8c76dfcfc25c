/** Validation of autoscalers (upstream pkg/apis/autoscaling/validation/validation.go). */
import { forbidden, invalid, required } from "#apimachinery/field-error.ts";
import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerBehavior,
  HorizontalPodAutoscalerSpec,
  HPAScalingPolicy,
  HPAScalingRules,
  MetricSpec,
} from "../../generated/autoscaling-v2.ts";
import {
  checkSupported,
  validateEach,
  validateNonNegative,
  validateOptional,
  validatePositive,
} from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { isEmptyList } from "../../validation/lists.ts";
import { validateNonNegativeQuantity } from "../../validation/quantities.ts";
import { type ReferenceOptions, validateReference, versionProblem } from "./cross-version-reference.ts";
import { validateMetricSpec } from "./metric-spec.validation.ts";

const MAX_PERIOD_SECONDS = 1800;
const MAX_STABILIZATION_WINDOW_SECONDS = 3600;
const SELECT_POLICIES = ["Disabled", "Max", "Min"];
const POLICY_TYPES = ["Percent", "Pods"];

/** What is let pass because it was there before. */
interface SpecOptions {
  readonly minReplicasLowerBound: 0 | 1;
  readonly scaleTargetRef: ReferenceOptions;
  readonly describedObject: ReferenceOptions;
}

export function validateHorizontalPodAutoscaler({ spec }: HorizontalPodAutoscaler): FieldErrors {
  return validateSpec(spec, "spec", optionsFor(spec));
}

export function validateHorizontalPodAutoscalerUpdate(
  { spec }: HorizontalPodAutoscaler,
  previous: HorizontalPodAutoscaler,
): FieldErrors {
  return validateSpec(spec, "spec", optionsFor(spec, previous.spec));
}

export function validateHorizontalPodAutoscalerStatusUpdate({
  status,
}: HorizontalPodAutoscaler): FieldErrors {
  return collectErrors(
    validateNonNegative(status?.currentReplicas, "status.currentReplicas"),
    validateNonNegative(status?.desiredReplicas, "status.desiredReplicas"),
  );
}

function optionsFor(spec: HorizontalPodAutoscalerSpec, previous?: HorizontalPodAutoscalerSpec): SpecOptions {
  const [target, previousTarget] = [spec.scaleTargetRef, previous?.scaleTargetRef];
  const isSameKind = target.apiVersion === previousTarget?.apiVersion && target.kind === previousTarget?.kind;
  const hadInvalidMetrics = previous?.metrics?.some(
    ({ type, object }) =>
      type === "Object" &&
      object !== undefined &&
      versionProblem(object.describedObject, { allowEmptyGroup: true }) !== undefined,
  );
  return {
    // HPAScaleToZero is off: zero stays where it is already.
    minReplicasLowerBound: previous?.minReplicas === 0 ? 0 : 1,
    scaleTargetRef: {
      allowInvalidVersion: isSameKind,
      // The only kind of the core group that scales.
      allowEmptyGroup: target.kind === "ReplicationController",
    },
    describedObject: { allowEmptyGroup: true, allowInvalidVersion: hadInvalidMetrics === true },
  };
}

function validateSpec(spec: HorizontalPodAutoscalerSpec, path: string, options: SpecOptions): FieldErrors {
  const { minReplicas, maxReplicas, metrics } = spec;
  const lowest = options.minReplicasLowerBound;
  return collectErrors(
    minReplicas !== undefined &&
      minReplicas < lowest &&
      invalid(`${path}.minReplicas`, minReplicas, `must be greater than or equal to ${String(lowest)}`),
    maxReplicas === 0 && required(`${path}.maxReplicas`, "must be set and greater than 0"),
    maxReplicas < 0 && invalid(`${path}.maxReplicas`, maxReplicas, "must be greater than or equal to 1"),
    minReplicas !== undefined &&
      maxReplicas < minReplicas &&
      invalid(`${path}.maxReplicas`, maxReplicas, "must be greater than or equal to `minReplicas`"),
    validateReference(spec.scaleTargetRef, `${path}.scaleTargetRef`, options.scaleTargetRef),
    validateEach(metrics, `${path}.metrics`, (metric, metricPath) =>
      validateMetricSpec(metric, metricPath, options.describedObject),
    ),
    minReplicas === 0 && !hasMetricWithoutPods(metrics) && forbidden(`${path}.metrics`, NEEDS_OTHER_METRIC),
    validateOptional(spec.behavior, `${path}.behavior`, validateBehavior),
  );
}

const NEEDS_OTHER_METRIC =
  "must specify at least one Object or External metric to support scaling to zero replicas";

function hasMetricWithoutPods(metrics: readonly MetricSpec[] | undefined): boolean {
  return metrics?.some(({ type }) => type === "Object" || type === "External") ?? false;
}

function validateBehavior(
  { scaleUp, scaleDown }: HorizontalPodAutoscalerBehavior,
  path: string,
): FieldErrors {
  return collectErrors(
    validateOptional(scaleUp, `${path}.scaleUp`, validateRules),
    validateOptional(scaleDown, `${path}.scaleDown`, validateRules),
  );
}

function validateRules(rules: HPAScalingRules, path: string): FieldErrors {
  const { stabilizationWindowSeconds: window = 0, policies } = rules;
  const windowPath = `${path}.stabilizationWindowSeconds`;
  return collectErrors(
    window < 0 && invalid(windowPath, window, "must be greater than or equal to zero"),
    window > MAX_STABILIZATION_WINDOW_SECONDS &&
      invalid(
        windowPath,
        window,
        `must be less than or equal to ${String(MAX_STABILIZATION_WINDOW_SECONDS)}`,
      ),
    checkSupported(rules.selectPolicy, `${path}.selectPolicy`, SELECT_POLICIES),
    isEmptyList(policies) && required(`${path}.policies`, "must specify at least one Policy"),
    validateEach(policies, `${path}.policies`, validatePolicy),
    validateOptional(rules.tolerance, `${path}.tolerance`, validateNonNegativeQuantity),
  );
}

function validatePolicy({ type, value, periodSeconds }: HPAScalingPolicy, path: string): FieldErrors {
  return collectErrors(
    checkSupported(type, `${path}.type`, POLICY_TYPES),
    validatePositive(value, `${path}.value`),
    validatePositive(periodSeconds, `${path}.periodSeconds`),
    periodSeconds > MAX_PERIOD_SECONDS &&
      invalid(
        `${path}.periodSeconds`,
        periodSeconds,
        `must be less than or equal to ${String(MAX_PERIOD_SECONDS)}`,
      ),
  );
}
