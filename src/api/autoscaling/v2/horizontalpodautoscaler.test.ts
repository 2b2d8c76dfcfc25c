import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf, someWrite } from "#testing/kinds.ts";
import { aHorizontalPodAutoscaler } from "#testing/workloads.ts";
import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerSpec,
  MetricSpec,
  MetricStatus,
} from "../../generated/autoscaling-v2.ts";
import { horizontalPodAutoscaler } from "./horizontalpodautoscaler.ts";

function defaulted(spec: Partial<HorizontalPodAutoscalerSpec> = {}): HorizontalPodAutoscaler {
  const object = aHorizontalPodAutoscaler("web", { spec });
  return horizontalPodAutoscaler.setDefaults?.(object) ?? object;
}

const memory: MetricSpec = {
  type: "Resource",
  resource: { name: "memory", target: { type: "AverageValue", averageValue: "100Mi" } },
};
const queue: MetricSpec = {
  type: "External",
  external: { metric: { name: "queue" }, target: { type: "Value", value: "30" } },
};
const describedObject = { apiVersion: "v1", kind: "Service", name: "web" };
const requests: MetricSpec = {
  type: "Object",
  object: {
    describedObject,
    metric: { name: "requests" },
    target: { type: "AverageValue", averageValue: "500m" },
  },
};

describe("horizontalPodAutoscaler.setDefaults", () => {
  test("measures processor time and keeps one pod", () => {
    expect(defaulted().spec).toMatchObject({
      minReplicas: 1,
      metrics: [
        {
          type: "Resource",
          resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } },
        },
      ],
    });
    expect(defaulted().spec.behavior).toBeUndefined();
  });

  test("completes the rules of a behavior that is given", () => {
    const { behavior } = defaulted({
      behavior: { scaleUp: { selectPolicy: "Min" }, scaleDown: { stabilizationWindowSeconds: 60 } },
    }).spec;
    expect(behavior).toEqual({
      scaleUp: {
        stabilizationWindowSeconds: 0,
        selectPolicy: "Min",
        policies: [
          { type: "Pods", value: 4, periodSeconds: 15 },
          { type: "Percent", value: 100, periodSeconds: 15 },
        ],
      },
      scaleDown: {
        stabilizationWindowSeconds: 60,
        selectPolicy: "Max",
        policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
      },
    });
  });

  test("leaves a complete object as it is", () => {
    const complete = defaulted({ behavior: {}, metrics: [memory] });
    expect(horizontalPodAutoscaler.setDefaults?.(complete)).toBe(complete);
  });
});

describe("horizontalPodAutoscaler.validate", () => {
  test.each<{ name: string; spec: Partial<HorizontalPodAutoscalerSpec>; want: string[] }>([
    { name: "the defaults", spec: {}, want: [] },
    { name: "metrics of all types", spec: { metrics: [memory, queue, requests] }, want: [] },
    {
      name: "a replication controller",
      spec: { scaleTargetRef: { apiVersion: "v1", kind: "ReplicationController", name: "web" } },
      want: [],
    },
    {
      name: "bad replicas",
      spec: { minReplicas: -1, maxReplicas: -2 },
      want: [
        "spec.minReplicas: Invalid value: -1: must be greater than or equal to 1",
        "spec.maxReplicas: Invalid value: -2: must be greater than or equal to 1",
        "spec.maxReplicas: Invalid value: -2: must be greater than or equal to `minReplicas`",
      ],
    },
    {
      name: "no maximum, and zero pods of the processor",
      spec: { minReplicas: 0, maxReplicas: 0 },
      want: [
        "spec.minReplicas: Invalid value: 0: must be greater than or equal to 1",
        "spec.maxReplicas: Required value: must be set and greater than 0",
        "spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas",
      ],
    },
    {
      name: "bad targets",
      spec: { scaleTargetRef: { apiVersion: "a/b/c", kind: "", name: "a/b" } },
      want: [
        "spec.scaleTargetRef.kind: Required value",
        "spec.scaleTargetRef.name: Invalid value: \"a/b\": may not contain '/'",
        'spec.scaleTargetRef.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
      ],
    },
    {
      name: "a target of the core group",
      spec: { scaleTargetRef: { kind: "Deployment", name: "web" } },
      want: ['spec.scaleTargetRef.apiVersion: Invalid value: "": apiVersion must specify API group'],
    },
    {
      name: "bad rules",
      spec: {
        behavior: {
          scaleUp: {
            stabilizationWindowSeconds: 3601,
            selectPolicy: "Some",
            policies: [
              { type: "Nodes", value: 0, periodSeconds: 1801 },
              { type: "Pods", value: 1, periodSeconds: 0 },
            ],
            tolerance: "-1m",
          },
          scaleDown: { stabilizationWindowSeconds: -1, policies: [] },
        },
      },
      want: [
        "spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600",
        'spec.behavior.scaleUp.selectPolicy: Unsupported value: "Some": supported values: "Disabled", "Max", "Min"',
        'spec.behavior.scaleUp.policies[0].type: Unsupported value: "Nodes": supported values: "Percent", "Pods"',
        "spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero",
        "spec.behavior.scaleUp.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800",
        "spec.behavior.scaleUp.policies[1].periodSeconds: Invalid value: 0: must be greater than zero",
        'spec.behavior.scaleUp.tolerance: Invalid value: "-1m": must be greater than or equal to 0',
        "spec.behavior.scaleDown.stabilizationWindowSeconds: Invalid value: -1: must be greater than or equal to zero",
        "spec.behavior.scaleDown.policies: Required value: must specify at least one Policy",
      ],
    },
  ])("judges $name", ({ spec, want }) => {
    expect(errorTexts(horizontalPodAutoscaler.validate?.(defaulted(spec)))).toEqual(want);
  });

  const SUPPORTED = 'supported values: "ContainerResource", "External", "Object", "Pods", "Resource"';
  test.each<{ name: string; metric: MetricSpec; want: string[] }>([
    {
      name: "no type",
      metric: { type: "" },
      want: [
        "type: Required value: must specify a metric source type",
        `type: Unsupported value: "": ${SUPPORTED}`,
        `type: Unsupported value: "": ${SUPPORTED}`,
      ],
    },
    {
      name: "the source of another type",
      metric: { ...memory, type: "Pods" },
      want: ["pods: Required value: must populate information for the given metric source"],
    },
    {
      name: "two sources",
      metric: { ...memory, ...queue },
      want: ["resource: Forbidden: must populate the given metric source only"],
    },
    {
      name: "an object without a target",
      metric: {
        type: "Object",
        object: { describedObject: { kind: "", name: "" }, metric: { name: "%" }, target: { type: "" } },
      },
      want: [
        "object.describedObject.kind: Required value",
        "object.describedObject.name: Required value",
        "object.metric.name: Invalid value: \"%\": may not contain '%'",
        "object.target.type: Required value: must specify a metric target type",
        'object.target.type: Invalid value: "": must be either Utilization, Value, or AverageValue',
        "object.target.averageValue: Required value: must set either a target value or averageValue",
      ],
    },
    {
      name: "two targets of an external metric",
      metric: {
        type: "External",
        external: { metric: { name: "" }, target: { type: "Value", value: "0", averageValue: "-1" } },
      },
      want: [
        "external.metric.name: Required value: must specify a metric name",
        'external.target.value: Invalid value: "0": must be positive',
        'external.target.averageValue: Invalid value: "-1": must be positive',
        "external.target.value: Forbidden: may not set both a target value for metric and a per-pod target",
      ],
    },
    {
      name: "an external metric without a target",
      metric: { type: "External", external: { metric: { name: "q" }, target: { type: "Value" } } },
      want: [
        "external.target.averageValue: Required value: must set either a target value for metric or a per-pod target",
      ],
    },
    {
      name: "pods without an average",
      metric: { type: "Pods", pods: { metric: { name: "q" }, target: { type: "Value", value: "1" } } },
      want: ["pods.target.averageValue: Required value: must specify a positive target averageValue"],
    },
    {
      name: "a container without names",
      metric: {
        type: "ContainerResource",
        containerResource: { name: "", container: "", target: { type: "Utilization" } },
      },
      want: [
        "containerResource.name: Required value: must specify a resource name",
        "containerResource.container: Required value: must specify a container",
        "containerResource.target.averageUtilization: Required value: must set either a target raw value or a target utilization",
      ],
    },
    {
      name: "two targets of a resource",
      metric: {
        type: "Resource",
        resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 0, averageValue: "1" } },
      },
      want: [
        "resource.target.averageUtilization: Invalid value: 0: must be greater than 0",
        "resource.target.averageValue: Forbidden: may not set both a target raw value and a target utilization",
      ],
    },
  ])("judges a metric with $name", ({ metric, want }) => {
    const errors = horizontalPodAutoscaler.validate?.(defaulted({ metrics: [metric] }));
    expect(errorTexts(errors)).toEqual(want.map((text) => `spec.metrics[0].${text}`));
  });
});

describe("horizontalPodAutoscaler.validateUpdate", () => {
  test("lets pass what was wrong before", () => {
    const badMetric: MetricSpec = {
      type: "Object",
      object: {
        describedObject: { apiVersion: "a/b/c", kind: "Service", name: "web" },
        metric: { name: "requests" },
        target: { type: "Value", value: "1" },
      },
    };
    const bad = defaulted({
      minReplicas: 0,
      scaleTargetRef: { kind: "Deployment", name: "web" },
      metrics: [badMetric],
    });
    expect(errorTexts(horizontalPodAutoscaler.validateUpdate?.(bad, bad))).toEqual([]);
    expect(errorTexts(horizontalPodAutoscaler.validateUpdate?.(bad, defaulted()))).toEqual([
      "spec.minReplicas: Invalid value: 0: must be greater than or equal to 1",
      'spec.scaleTargetRef.apiVersion: Invalid value: "": apiVersion must specify API group',
      'spec.metrics[0].object.describedObject.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
    ]);
  });

  test("refuses counts below zero in the status", () => {
    const status = { currentReplicas: -1, desiredReplicas: -2, currentMetrics: [] };
    const next = aHorizontalPodAutoscaler("web", { status });
    expect(errorTexts(horizontalPodAutoscaler.validateStatusUpdate?.(next, next))).toEqual([
      "status.currentReplicas: Invalid value: -1: must be greater than or equal to 0",
      "status.desiredReplicas: Invalid value: -2: must be greater than or equal to 0",
    ]);
  });
});

test("annotations of the other version are dropped", () => {
  const annotations = { "autoscaling.alpha.kubernetes.io/metrics": "[]", note: "kept" };
  const write = (given: Record<string, string>) =>
    horizontalPodAutoscaler.prepareForCreate?.(
      aHorizontalPodAutoscaler("web", { annotations: given }),
      someWrite,
    )?.metadata;
  expect(write(annotations)?.annotations).toEqual({ note: "kept" });
  expect(write({ "autoscaling.alpha.kubernetes.io/behavior": "" })).not.toHaveProperty("annotations");
});

describe("the table", () => {
  test("shows the default", () => {
    expect(rowOf(horizontalPodAutoscaler, defaulted())).toMatchObject({
      Reference: "Deployment/web",
      Targets: "cpu: <unknown>/80%",
      MinPods: "1",
      MaxPods: 3,
      Replicas: 0,
    });
    expect(rowOf(horizontalPodAutoscaler, aHorizontalPodAutoscaler("web"))).toMatchObject({
      Targets: "<none>",
      MinPods: "<unset>",
    });
  });

  const average = { metric: { name: "q" }, target: { type: "AverageValue", averageValue: "10" } };
  test.each<{ metrics: MetricSpec[]; current?: MetricStatus[]; want: string }>([
    { metrics: [memory, queue, requests], want: "memory: <unknown>/100Mi, <unknown>/30 + 1 more..." },
    {
      metrics: [requests, queue],
      current: [
        {
          type: "Object",
          object: { describedObject, metric: { name: "requests" }, current: { averageValue: "250m" } },
        },
        { type: "External", external: { metric: { name: "queue" }, current: { value: "12" } } },
      ],
      want: "250m/500m (avg), 12/30",
    },
    {
      metrics: [{ type: "Pods", pods: average }, memory],
      current: [
        { type: "Pods", pods: { metric: { name: "q" }, current: { averageValue: "7" } } },
        { type: "Resource", resource: { name: "memory", current: {} } },
      ],
      want: "7/10, memory: <nil>/100Mi",
    },
    {
      metrics: [
        {
          type: "ContainerResource",
          containerResource: { name: "cpu", container: "web", target: { type: "Utilization" } },
        },
        { type: "Other" },
      ],
      current: [
        {
          type: "ContainerResource",
          containerResource: { name: "cpu", container: "web", current: { averageUtilization: 5 } },
        },
      ],
      want: "cpu: 5%/<auto>, <unknown type>",
    },
  ])("shows $want", ({ metrics, current = [], want }) => {
    const status = { desiredReplicas: 1, currentMetrics: current };
    const object = aHorizontalPodAutoscaler("web", { spec: { metrics }, status });
    expect(rowOf(horizontalPodAutoscaler, object)).toMatchObject({ Targets: want });
  });
});
