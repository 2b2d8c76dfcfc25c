/**
 * autoscaling/v1 has fields for one metric only, the use of the processor. Everything else is in annotations, so that
 * nothing is lost (upstream pkg/apis/autoscaling/v1/conversion.go).
 */
import type {
  HorizontalPodAutoscaler as V1,
  HorizontalPodAutoscalerStatus as V1Status,
} from "../../generated/autoscaling-v1.ts";
import type {
  HorizontalPodAutoscalerStatus,
  MetricSpec,
  MetricStatus,
  HorizontalPodAutoscaler as V2,
} from "../../generated/autoscaling-v2.ts";
import { DEFAULT_METRICS, dropRoundTripAnnotations } from "../v2/horizontalpodautoscaler.ts";
import {
  readBehavior,
  readConditions,
  readCurrentMetrics,
  readMetrics,
  roundTripAnnotations,
} from "./annotations.ts";

export function toV2(object: V1): V2 {
  const { spec, status } = object;
  const { annotations } = object.metadata;
  const metrics = metricsOf(object);
  const behavior = readBehavior(annotations);
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: dropRoundTripAnnotations(object).metadata,
    spec: {
      scaleTargetRef: spec.scaleTargetRef,
      ...(spec.minReplicas !== undefined && { minReplicas: spec.minReplicas }),
      maxReplicas: spec.maxReplicas,
      metrics,
      ...(behavior && { behavior }),
    },
    ...(status && { status: statusToV2(status, annotations) }),
  };
}

export function fromV2(object: V2): V1 {
  const { spec, status } = object;
  const { metadata } = dropRoundTripAnnotations(object);
  const cpu = spec.metrics?.find(isCpuUtilization)?.resource?.target.averageUtilization;
  const others = spec.metrics?.filter((metric) => !isCpuUtilization(metric)) ?? [];
  const annotations = { ...metadata.annotations, ...roundTripAnnotations(others, object) };
  return {
    apiVersion: "autoscaling/v1",
    kind: "HorizontalPodAutoscaler",
    metadata: { ...metadata, ...(Object.keys(annotations).length > 0 && { annotations }) },
    spec: {
      scaleTargetRef: spec.scaleTargetRef,
      ...(spec.minReplicas !== undefined && { minReplicas: spec.minReplicas }),
      maxReplicas: spec.maxReplicas,
      ...(cpu !== undefined && { targetCPUUtilizationPercentage: cpu }),
    },
    ...(status && { status: statusFromV2(status) }),
  };
}

/** The default is applied here, because only the annotation tells whether there are other metrics. */
function metricsOf({ metadata, spec }: V1): readonly MetricSpec[] {
  const others = readMetrics(metadata.annotations) ?? [];
  const percentage = spec.targetCPUUtilizationPercentage;
  const metrics = percentage === undefined ? others : [...others, cpuUtilization(percentage)];
  return metrics.length === 0 ? DEFAULT_METRICS : metrics;
}

function cpuUtilization(averageUtilization: number): MetricSpec {
  return { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization } } };
}

function isCpuUtilization({ type, resource }: MetricSpec): boolean {
  return type === "Resource" && resource?.name === "cpu" && resource.target.averageUtilization !== undefined;
}

/** The status of a new object is empty, whatever its type says. */
function statusToV2(
  status: Partial<V1Status>,
  annotations: Readonly<Record<string, string>> | undefined,
): HorizontalPodAutoscalerStatus {
  const {
    currentCPUUtilizationPercentage: percentage,
    currentReplicas = 0,
    desiredReplicas = 0,
    ...same
  } = status;
  const conditions = readConditions(annotations);
  const cpu: readonly MetricStatus[] =
    percentage === undefined
      ? []
      : [{ type: "Resource", resource: { name: "cpu", current: { averageUtilization: percentage } } }];
  return {
    ...same,
    ...(currentReplicas !== 0 && { currentReplicas }),
    desiredReplicas,
    currentMetrics: readCurrentMetrics(annotations) ?? cpu,
    ...(conditions && conditions.length > 0 && { conditions }),
  };
}

/** As `statusToV2`, the other way. */
function statusFromV2(status: Partial<HorizontalPodAutoscalerStatus>): V1Status {
  const { currentMetrics = [], conditions: _, currentReplicas = 0, desiredReplicas = 0, ...same } = status;
  const cpu = currentMetrics
    .filter(({ type, resource }) => type === "Resource" && resource?.name === "cpu")
    .map(({ resource }) => resource?.current.averageUtilization)
    .findLast((percentage) => percentage !== undefined);
  return {
    ...same,
    currentReplicas,
    desiredReplicas,
    ...(cpu !== undefined && { currentCPUUtilizationPercentage: cpu }),
  };
}
