import { omit } from "#base/omit.ts";
import { ageColumn, nameColumn, textColumn } from "../../columns.ts";
import { fillAbsent, mapField } from "../../defaulting.ts";
import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerBehavior,
  HorizontalPodAutoscalerSpec,
  HPAScalingRules,
  MetricSpec,
} from "../../generated/autoscaling-v2.ts";
import { defineKind } from "../../kind.ts";
import { isEmptyList } from "../../validation/lists.ts";
import {
  validateHorizontalPodAutoscaler,
  validateHorizontalPodAutoscalerStatusUpdate,
  validateHorizontalPodAutoscalerUpdate,
} from "./horizontalpodautoscaler.validation.ts";
import { formatMetrics } from "./metric-text.ts";

/** What autoscaling/v1 keeps fields in that it does not have (upstream pkg/apis/autoscaling/annotations.go). */
export const ROUND_TRIP_ANNOTATIONS = {
  metrics: "autoscaling.alpha.kubernetes.io/metrics",
  currentMetrics: "autoscaling.alpha.kubernetes.io/current-metrics",
  conditions: "autoscaling.alpha.kubernetes.io/conditions",
  behavior: "autoscaling.alpha.kubernetes.io/behavior",
  scaleDownTolerance: "autoscaling.alpha.kubernetes.io/scale-down-tolerance",
  scaleUpTolerance: "autoscaling.alpha.kubernetes.io/scale-up-tolerance",
} as const;

/** Without other metrics, pods are to use 80% of the processor time that they request. */
export const DEFAULT_METRICS: readonly MetricSpec[] = [
  {
    type: "Resource",
    resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } },
  },
];

const DEFAULT_SCALE_UP: HPAScalingRules = {
  stabilizationWindowSeconds: 0,
  selectPolicy: "Max",
  policies: [
    { type: "Pods", value: 4, periodSeconds: 15 },
    { type: "Percent", value: 100, periodSeconds: 15 },
  ],
};

/** How long to wait before scaling down is a setting of the controller. */
const DEFAULT_SCALE_DOWN: HPAScalingRules = {
  selectPolicy: "Max",
  policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
};

export const horizontalPodAutoscaler = defineKind<HorizontalPodAutoscaler>(
  { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler" },
  {
    columns: [
      nameColumn,
      textColumn(
        "Reference",
        ({ spec: { scaleTargetRef } }) => `${scaleTargetRef.kind}/${scaleTargetRef.name}`,
      ),
      textColumn("Targets", ({ spec, status }) => formatMetrics(spec.metrics, status?.currentMetrics)),
      textColumn("MinPods", ({ spec }) => String(spec.minReplicas ?? "<unset>")),
      { name: "MaxPods", type: "string", value: ({ spec }) => spec.maxReplicas },
      { name: "Replicas", type: "string", value: ({ status }) => status?.currentReplicas ?? 0 },
      ageColumn,
    ],
    setDefaults: (object) => mapField(object, "spec", setSpecDefaults),
    prepareForCreate: dropRoundTripAnnotations,
    prepareForUpdate: dropRoundTripAnnotations,
    prepareForStatusUpdate: dropRoundTripAnnotations,
    validate: validateHorizontalPodAutoscaler,
    validateUpdate: validateHorizontalPodAutoscalerUpdate,
    validateStatusUpdate: validateHorizontalPodAutoscalerStatusUpdate,
    hasGeneration: false,
  },
);

/** They are those of another version: here the fields say everything. */
export function dropRoundTripAnnotations<T extends Pick<HorizontalPodAutoscaler, "metadata">>(object: T): T {
  const names: readonly string[] = Object.values(ROUND_TRIP_ANNOTATIONS);
  const { annotations } = object.metadata;
  if (annotations === undefined || !names.some((name) => name in annotations)) return object;
  const kept = Object.entries(annotations).filter(([name]) => !names.includes(name));
  const metadata = kept.length === 0 ? omit(object.metadata, "annotations") : object.metadata;
  return {
    ...object,
    metadata: { ...metadata, ...(kept.length > 0 && { annotations: Object.fromEntries(kept) }) },
  };
}

function setSpecDefaults(spec: HorizontalPodAutoscalerSpec): HorizontalPodAutoscalerSpec {
  const filled = fillAbsent(spec, { minReplicas: 1 });
  const measured = isEmptyList(filled.metrics) ? { ...filled, metrics: DEFAULT_METRICS } : filled;
  return mapField(measured, "behavior", setBehaviorDefaults);
}

function setBehaviorDefaults(behavior: HorizontalPodAutoscalerBehavior): HorizontalPodAutoscalerBehavior {
  const filled = fillAbsent(behavior, { scaleUp: {}, scaleDown: {} });
  return mapField(
    mapField(filled, "scaleUp", (rules) => fillAbsent(rules, DEFAULT_SCALE_UP)),
    "scaleDown",
    (rules) => fillAbsent(rules, DEFAULT_SCALE_DOWN),
  );
}
