import { describe, expect, test } from "bun:test";
import { formatQuantity } from "#apimachinery/quantity.ts";
import type { Container, PodSpec } from "../../generated/core-v1.ts";
import {
  aggregateContainers,
  podLimits,
  podQosClass,
  podRequests,
  type ResourceAmounts,
} from "./pod-resources.ts";

function container(requests: Record<string, string>, more: Partial<Container> = {}): Container {
  return { name: "c", resources: { requests }, ...more };
}

function format(amounts: ResourceAmounts): Record<string, string> {
  return Object.fromEntries([...amounts].map(([name, amount]) => [name, formatQuantity(amount)]));
}

const sidecar = { restartPolicy: "Always" };

describe("aggregateContainers", () => {
  const cases: { name: string; spec: PodSpec; want: Record<string, string> }[] = [
    {
      name: "sums what runs side by side",
      spec: { containers: [container({ cpu: "500m" }), container({ cpu: "1", memory: "1Gi" })] },
      want: { cpu: "1500m", memory: "1Gi" },
    },
    {
      name: "takes the largest init container where it needs more",
      spec: {
        containers: [container({ cpu: "1" })],
        initContainers: [container({ cpu: "3" }), container({ cpu: "2", memory: "1Gi" })],
      },
      want: { cpu: "3", memory: "1Gi" },
    },
    {
      name: "counts sidecars beside everything that starts after them",
      spec: {
        containers: [container({ cpu: "1" })],
        initContainers: [
          container({ cpu: "1" }, sidecar),
          container({ cpu: "2" }),
          container({ cpu: "1" }, sidecar),
        ],
      },
      want: { cpu: "3" },
    },
  ];

  test.each(cases)("$name", ({ spec, want }) => {
    expect(format(aggregateContainers(spec, "requests"))).toEqual(want);
  });
});

test("the pod's own requests and its overhead count", () => {
  const spec: PodSpec = {
    containers: [
      { name: "c", resources: { requests: { cpu: "1", "nvidia.com/gpu": "1" }, limits: { cpu: "2" } } },
    ],
    resources: { requests: { cpu: "4" } },
    overhead: { cpu: "250m", memory: "64Mi" },
  };
  expect(format(podRequests({ spec }))).toEqual({ cpu: "4250m", "nvidia.com/gpu": "1", memory: "64Mi" });
  expect(format(podLimits({ spec }))).toEqual({ cpu: "2250m" });
});

const both = { cpu: "1", memory: "1Gi" };
const qosCases: { name: string; spec: PodSpec; want: string }[] = [
  { name: "nothing", spec: { containers: [container({})] }, want: "BestEffort" },
  { name: "only zero", spec: { containers: [container({ cpu: "0" })] }, want: "BestEffort" },
  { name: "requests", spec: { containers: [container({ cpu: "1" })] }, want: "Burstable" },
  {
    name: "equal limits",
    spec: { containers: [{ name: "c", resources: { requests: both, limits: both } }] },
    want: "Guaranteed",
  },
  {
    name: "one container without limits",
    spec: { containers: [{ name: "c", resources: { requests: both, limits: both } }, { name: "d" }] },
    want: "Burstable",
  },
  {
    name: "an init container without limits",
    spec: {
      containers: [{ name: "c", resources: { requests: both, limits: both } }],
      initContainers: [{ name: "d" }],
    },
    want: "Burstable",
  },
  {
    name: "equal limits of the pod",
    spec: { containers: [{ name: "c" }], resources: { requests: both, limits: both } },
    want: "Guaranteed",
  },
  {
    name: "a lower request of the pod",
    spec: { containers: [{ name: "c" }], resources: { requests: { ...both, cpu: "500m" }, limits: both } },
    want: "Burstable",
  },
];

test.each(qosCases)("a pod with $name is $want", ({ spec, want }) => {
  expect<string>(podQosClass(spec)).toBe(want);
});
