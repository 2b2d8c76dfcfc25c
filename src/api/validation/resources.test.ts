import { describe, expect, test } from "bun:test";
import { formatFieldError } from "#apimachinery/field-error.ts";
import {
  type Requirements,
  validateBasicQuantity,
  validatePositiveQuantity,
  validateQuotaResourceName,
  validateRequirements,
  validateResourceQuantity,
} from "./resources.ts";

describe("validateRequirements", () => {
  const cases: { name: string; resources: Requirements; want: string[] }[] = [
    {
      name: "accepts requests below limits",
      resources: { limits: { cpu: "1", memory: "1Gi" }, requests: { cpu: "500m" } },
      want: [],
    },
    {
      name: "refuses a request above its limit",
      resources: { limits: { cpu: "1" }, requests: { cpu: "1500m" } },
      want: ['r.requests: Invalid value: "1500m": must be less than or equal to cpu limit of 1'],
    },
    {
      name: "refuses negative amounts",
      resources: { limits: { memory: "-1" } },
      want: ['r.limits[memory]: Invalid value: "-1": must be greater than or equal to 0'],
    },
    {
      name: "refuses names that no container can ask for",
      resources: { limits: { gpu: "1", pods: "1" } },
      want: [
        'r.limits[gpu]: Invalid value: "gpu": must be a standard resource type or fully qualified',
        'r.limits[gpu]: Invalid value: "gpu": must be a standard resource for containers',
        'r.limits[pods]: Invalid value: "pods": must be a standard resource for containers',
      ],
    },
    {
      name: "needs whole extended resources with equal limits",
      resources: { limits: { "nvidia.com/gpu": "2" }, requests: { "nvidia.com/gpu": "1500m" } },
      want: [
        'r.requests[nvidia.com/gpu]: Invalid value: "1500m": must be an integer',
        'r.requests: Invalid value: "1500m": must be equal to nvidia.com/gpu limit of 2',
      ],
    },
    {
      name: "needs limits of extended resources",
      resources: { requests: { "nvidia.com/gpu": "1" } },
      want: ["r.limits: Required value: Limit must be set for non overcommitable resources"],
    },
    {
      name: "refuses huge pages alone and in parts",
      resources: { limits: { "hugepages-2Mi": "3Mi" } },
      want: [
        'r.limits[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi',
        "r: Forbidden: HugePages require cpu or memory",
      ],
    },
    {
      name: "checks claims against those of the pod",
      resources: { claims: [{ name: "gpu" }, { name: "gpu" }, { name: "other" }] },
      want: [
        'r.claims[1]: Duplicate value: "gpu"',
        'r.claims[2]: Not found: "other": must be one of the names in pod.spec.resourceClaims: gpu',
      ],
    },
    {
      name: "refuses a whole claim after one of its requests",
      resources: { claims: [{ name: "gpu", request: "a" }, { name: "gpu", request: "a" }, { name: "gpu" }] },
      want: ['r.claims[1]: Duplicate value: "gpu/a"', 'r.claims[2]: Duplicate value: "gpu"'],
    },
  ];

  test.each(cases)("$name", ({ resources, want }) => {
    expect(validateRequirements(resources, new Set(["gpu"]), "r").map(formatFieldError)).toEqual(want);
  });
});

test.each([
  {
    errors: validateResourceQuantity("pods", "1500m", "q"),
    want: ['q: Invalid value: "1500m": must be an integer'],
  },
  { errors: validatePositiveQuantity("0", "q"), want: ['q: Invalid value: "0": must be greater than zero'] },
  {
    errors: validateBasicQuantity("-2", "q"),
    want: ["q: Invalid value: -2: must be a valid resource quantity"],
  },
  {
    errors: validateQuotaResourceName("storage", "q"),
    want: ['q: Invalid value: "storage": must be a standard resource for quota'],
  },
  { errors: validateQuotaResourceName("count/pods", "q"), want: [] },
  { errors: validateQuotaResourceName("requests.hugepages-2Mi", "q"), want: [] },
])("%#: $want", ({ errors, want }) => {
  expect<readonly string[]>(errors.map(formatFieldError)).toEqual(want);
});
