import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { rowOf } from "#testing/kinds.ts";
import { metadataOf } from "#testing/metadata.ts";
import { aHorizontalPodAutoscaler } from "#testing/workloads.ts";
import type { HorizontalPodAutoscaler } from "../../generated/autoscaling-v1.ts";
import type {
  MetricSpec,
  MetricStatus,
  HorizontalPodAutoscaler as V2,
} from "../../generated/autoscaling-v2.ts";
import { fromV2, toV2 } from "./conversion.ts";
import { horizontalPodAutoscaler } from "./horizontalpodautoscaler.ts";

const METRICS = "autoscaling.alpha.kubernetes.io/metrics";
const BEHAVIOR = "autoscaling.alpha.kubernetes.io/behavior";
const CONDITIONS = "autoscaling.alpha.kubernetes.io/conditions";
const CURRENT_METRICS = "autoscaling.alpha.kubernetes.io/current-metrics";

function aV1(
  spec: Partial<HorizontalPodAutoscaler["spec"]> = {},
  annotations?: Readonly<Record<string, string>>,
): HorizontalPodAutoscaler {
  return {
    apiVersion: "autoscaling/v1",
    kind: "HorizontalPodAutoscaler",
    metadata: metadataOf("web", { ...(annotations && { annotations }) }),
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      minReplicas: 1,
      maxReplicas: 3,
      ...spec,
    },
  };
}

describe("what v1 has fields for", () => {
  test("defaults to one pod and to 80% of the processor", () => {
    const { minReplicas: _, ...spec } = aV1().spec;
    expect(horizontalPodAutoscaler.setDefaults?.({ ...aV1(), spec }).spec).toEqual(aV1().spec);
    expect(fromV2(toV2(aV1())).spec.targetCPUUtilizationPercentage).toBe(80);
  });

  test("is stored in the fields of v2", () => {
    expect(toV2(aV1({ targetCPUUtilizationPercentage: 50 }))).toEqual({
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: metadataOf("web"),
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
        minReplicas: 1,
        maxReplicas: 3,
        metrics: [
          {
            type: "Resource",
            resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } },
          },
        ],
      },
    });
  });

  test("includes the use of the processor in the status", () => {
    const status = { currentReplicas: 2, desiredReplicas: 3, currentCPUUtilizationPercentage: 70 };
    expect(toV2({ ...aV1(), status }).status).toEqual({
      currentReplicas: 2,
      desiredReplicas: 3,
      currentMetrics: [{ type: "Resource", resource: { name: "cpu", current: { averageUtilization: 70 } } }],
    });
  });

  test("is nothing in the status of a new object", () => {
    const status = {} as NonNullable<HorizontalPodAutoscaler["status"]> & NonNullable<V2["status"]>;
    expect(toV2({ ...aV1(), status }).status).toEqual({ desiredReplicas: 0, currentMetrics: [] });
    const stored = { ...aHorizontalPodAutoscaler("web"), status };
    expect(fromV2(stored).status).toEqual({ currentReplicas: 0, desiredReplicas: 0 });
  });

  test("is shown as in v2", () => {
    const row = rowOf(horizontalPodAutoscaler, aV1({ targetCPUUtilizationPercentage: 50 }));
    expect(row).toMatchObject({ Name: "web", Targets: "cpu: <unknown>/50%", MaxPods: 3 });
  });
});

describe("what v1 has no fields for", () => {
  test("is in annotations, as upstream writes them", () => {
    const metrics: MetricSpec[] = [
      {
        type: "Resource",
        resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } },
      },
      {
        type: "Object",
        object: {
          describedObject: { kind: "Service", name: "web", apiVersion: "v1" },
          metric: { name: "requests", selector: { matchLabels: { path: "<all>" } } },
          target: { type: "AverageValue", averageValue: "2" },
        },
      },
    ];
    const object = aHorizontalPodAutoscaler("web", {
      annotations: { note: "kept" },
      spec: {
        metrics,
        behavior: {
          scaleDown: {
            selectPolicy: "Max",
            policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
            tolerance: "50m",
          },
        },
      },
      status: {
        currentReplicas: 1,
        desiredReplicas: 1,
        currentMetrics: [{ type: "Resource", resource: { name: "cpu", current: { averageUtilization: 7 } } }],
        conditions: [{ type: "ScalingActive", status: "True" }],
      },
    });
    const { metadata, spec, status } = fromV2(object);
    expect(metadata.annotations).toEqual({
      note: "kept",
      [METRICS]:
        '[{"type":"Object","object":{"target":{"kind":"Service","name":"web","apiVersion":"v1"},"metricName":"requests","targetValue":"0","selector":{"matchLabels":{"path":"\\u003call\\u003e"}},"averageValue":"2"}}]',
      [CURRENT_METRICS]:
        '[{"type":"Resource","resource":{"name":"cpu","currentAverageUtilization":7,"currentAverageValue":"0"}}]',
      [BEHAVIOR]:
        '{"ScaleUp":null,"ScaleDown":{"StabilizationWindowSeconds":null,"SelectPolicy":"Max","Policies":[{"Type":"Percent","Value":100,"PeriodSeconds":15}],"Tolerance":"50m"}}',
      [CONDITIONS]: '[{"type":"ScalingActive","status":"True","lastTransitionTime":null}]',
    });
    expect(spec.targetCPUUtilizationPercentage).toBe(50);
    expect(status).toEqual({ currentReplicas: 1, desiredReplicas: 1, currentCPUUtilizationPercentage: 7 });
  });

  test("is ignored where it cannot be read", () => {
    const annotations = {
      [METRICS]: '[{"type":"Pods","pods":{"targetAverageValue":"many"}}]',
      [CURRENT_METRICS]: "{}",
      [BEHAVIOR]: '{"ScaleUp":{"SelectPolicy":1}}',
      [CONDITIONS]: "[",
    };
    const status = { currentReplicas: 0, desiredReplicas: 0 };
    const stored = toV2({ ...aV1({ targetCPUUtilizationPercentage: 50 }, annotations), status });
    expect(stored).toEqual({
      ...toV2(aV1({ targetCPUUtilizationPercentage: 50 })),
      status: { desiredReplicas: 0, currentMetrics: [] },
    });
  });

  test("does not care for upper and lower case in annotations", () => {
    const behavior = {
      scaleDown: { stabilizationwindowseconds: 60, POLICIES: [{ type: "Pods", value: 1 }] },
    };
    const metrics = [{ type: "Pods", pods: { metricname: "qps", TargetAverageValue: "5" } }];
    const { spec } = toV2(
      aV1({}, { [BEHAVIOR]: JSON.stringify(behavior), [METRICS]: JSON.stringify(metrics) }),
    );
    expect(spec).toMatchObject({
      behavior: {
        scaleDown: {
          stabilizationWindowSeconds: 60,
          policies: [{ type: "Pods", value: 1, periodSeconds: 0 }],
        },
      },
      metrics: [{ pods: { metric: { name: "qps" }, target: { averageValue: "5" } } }],
    });
  });

  test("does not include an empty behavior", () => {
    expect(toV2(aV1({}, { [BEHAVIOR]: "{}" })).spec).not.toHaveProperty("behavior");
    expect(toV2(aV1({}, { [BEHAVIOR]: "null" })).spec).not.toHaveProperty("behavior");
  });
});

const quantity = fc
  .integer({ min: 1, max: 1000 })
  .map((value) => `${String(value)}m`)
  .filter((text) => !text.endsWith("000m"));
const name = fc.constantFrom("cpu", "memory", "requests");
const percent = fc.integer({ min: 1, max: 200 });
const metric = fc.record(
  { name, selector: fc.constant({ matchLabels: { app: "web" } }) },
  { requiredKeys: ["name"] },
);
const describedObject = fc.record({ kind: name, name }, { requiredKeys: ["kind", "name"] });
const average = fc.record({ type: fc.constant("AverageValue"), averageValue: quantity });
const value = fc.record({ type: fc.constant("Value"), value: quantity });
const utilization = fc.record({ type: fc.constant("Utilization"), averageUtilization: percent });

/** Metrics without a field in v1. */
const otherMetric: fc.Arbitrary<MetricSpec> = fc.oneof(
  fc.record({ type: fc.constant("Pods"), pods: fc.record({ metric, target: average }) }),
  fc.record({
    type: fc.constant("Object"),
    object: fc.record({ describedObject, metric, target: fc.oneof(average, value) }),
  }),
  fc.record({
    type: fc.constant("External"),
    external: fc.record({ metric, target: fc.oneof(average, value) }),
  }),
  fc.record({
    type: fc.constant("Resource"),
    resource: fc.record({ name: fc.constant("memory"), target: fc.oneof(average, utilization) }),
  }),
  fc.record({
    type: fc.constant("ContainerResource"),
    containerResource: fc.record({ name, container: name, target: fc.oneof(average, utilization) }),
  }),
);
const cpuMetric: fc.Arbitrary<MetricSpec> = fc.record({
  type: fc.constant("Resource"),
  resource: fc.record({ name: fc.constant("cpu"), target: utilization }),
});

const currentMetric: fc.Arbitrary<MetricStatus> = fc.oneof(
  fc.record({
    type: fc.constant("Pods"),
    pods: fc.record({ metric, current: fc.record({ averageValue: quantity }) }),
  }),
  fc.record({
    type: fc.constant("Object"),
    object: fc.record({
      describedObject,
      metric,
      current: fc.record({ value: quantity, averageValue: quantity }, { requiredKeys: ["value"] }),
    }),
  }),
  fc.record({
    type: fc.constant("External"),
    external: fc.record({
      metric,
      current: fc.record({ value: quantity, averageValue: quantity }, { requiredKeys: ["value"] }),
    }),
  }),
  fc.record({
    type: fc.constant("Resource"),
    resource: fc.record({
      name,
      current: fc.record(
        { averageValue: quantity, averageUtilization: percent },
        { requiredKeys: ["averageValue"] },
      ),
    }),
  }),
  fc.record({
    type: fc.constant("ContainerResource"),
    containerResource: fc.record({ name, container: name, current: fc.record({ averageValue: quantity }) }),
  }),
);

const rules = fc.record(
  {
    stabilizationWindowSeconds: fc.nat(3600),
    selectPolicy: fc.constantFrom("Max", "Min", "Disabled"),
    policies: fc.array(
      fc.record({ type: fc.constantFrom("Pods", "Percent"), value: percent, periodSeconds: percent }),
      { minLength: 1, maxLength: 3 },
    ),
    tolerance: quantity,
  },
  { requiredKeys: ["policies"] },
);

/** Objects of v2 whose processor metric, if any, comes last: that is where reading from v1 puts it. */
const autoscaler: fc.Arbitrary<V2> = fc
  .record({
    others: fc.array(otherMetric, { maxLength: 3 }),
    cpu: fc.option(cpuMetric, { nil: undefined }),
    behavior: fc.option(fc.record({ scaleUp: rules, scaleDown: rules }), { nil: undefined }),
    currentMetrics: fc.array(currentMetric, { maxLength: 3 }),
    annotations: fc.option(fc.constant({ note: "x" }), { nil: undefined }),
    condition: fc.option(
      fc.record({
        type: fc.constant("AbleToScale"),
        status: fc.constantFrom("True", "False"),
        lastTransitionTime: fc.constantFrom(null, "2026-01-31T10:00:00Z"),
        message: fc.string({ minLength: 1 }),
      }),
      { nil: undefined },
    ),
  })
  .filter(({ others, cpu }) => others.length > 0 || cpu !== undefined)
  .map(({ others, cpu, behavior, currentMetrics, annotations, condition }) =>
    aHorizontalPodAutoscaler("web", {
      ...(annotations && { annotations }),
      spec: { metrics: cpu === undefined ? others : [...others, cpu], ...(behavior && { behavior }) },
      status: { desiredReplicas: 1, currentMetrics, ...(condition && { conditions: [condition] }) },
    }),
  );

test("nothing is lost on the way from v2 to v1 and back", () => {
  fc.assert(
    fc.property(autoscaler, (object) => {
      expect(toV2(fromV2(object))).toEqual(object);
    }),
  );
});

test("nothing is lost on the way from v1 to v2 and back", () => {
  fc.assert(
    fc.property(autoscaler, (object) => {
      const v1 = fromV2(object);
      expect(fromV2(toV2(v1))).toEqual(v1);
    }),
  );
});
