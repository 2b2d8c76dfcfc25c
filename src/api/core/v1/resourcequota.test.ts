import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf } from "#testing/kinds.ts";
import { aResourceQuota } from "#testing/objects.ts";
import type { ResourceQuotaSpec, ScopedResourceSelectorRequirement } from "../../generated/core-v1.ts";
import { resourceQuota } from "./resourcequota.ts";

const MATCH = "spec.scopeSelector.matchExpressions";

test("amounts are kept in thousandths", () => {
  const written = aResourceQuota("quota", {
    spec: { hard: { cpu: "1u" } },
    status: { hard: { cpu: "1n" }, used: { cpu: "1u" } },
  });
  const filled = resourceQuota.setDefaults?.(written);
  expect(filled?.spec).toEqual({ hard: { cpu: "1m" } });
  expect(filled?.status).toEqual({ hard: { cpu: "1m" }, used: { cpu: "1m" } });
  expect(filled && resourceQuota.setDefaults?.(filled)).toBe(filled);
});

describe("resourceQuota.validate", () => {
  test.each<{ spec: ResourceQuotaSpec; want: string[] }>([
    { spec: { hard: { pods: "10", "requests.cpu": "1", "count/deployments.apps": "2" } }, want: [] },
    { spec: { hard: { pods: "1" }, scopes: ["BestEffort"] }, want: [] },
    {
      spec: { hard: { pods: "1500m", cpu: "-1", storage: "1" } },
      want: [
        'spec.hard[pods]: Invalid value: "1500m": must be an integer',
        'spec.hard[cpu]: Invalid value: "-1": must be greater than or equal to 0',
        'spec.hard[storage]: Invalid value: "storage": must be a standard resource for quota',
      ],
    },
    {
      spec: {
        hard: { cpu: "1", secrets: "1" },
        scopes: ["BestEffort", "NotBestEffort", "Mine" as "Terminating"],
      },
      want: [
        'spec.scopes: Invalid value: ["BestEffort","NotBestEffort","Mine"]: unsupported scope applied to resource',
        'spec.scopes: Invalid value: ["BestEffort","NotBestEffort","Mine"]: unsupported scope applied to resource',
        'spec.scopes: Invalid value: ["BestEffort","NotBestEffort","Mine"]: unsupported scope applied to resource',
        'spec.scopes: Invalid value: ["BestEffort","NotBestEffort","Mine"]: unsupported scope',
        'spec.scopes: Invalid value: ["BestEffort","NotBestEffort","Mine"]: conflicting scopes',
      ],
    },
  ])("judges $spec", ({ spec, want }) => {
    expect(errorTexts(resourceQuota.validate?.(aResourceQuota("quota", { spec })))).toEqual(want);
  });

  test.each<{ matches: ScopedResourceSelectorRequirement; want: string[] }>([
    { matches: { scopeName: "PriorityClass", operator: "In", values: ["high"] }, want: [] },
    { matches: { scopeName: "PriorityClass", operator: "Exists" }, want: [] },
    {
      matches: { scopeName: "PriorityClass", operator: "In" },
      want: [
        `${MATCH}.values: Required value: must be at least one value when \`operator\` is 'In' or 'NotIn' for scope selector`,
      ],
    },
    {
      matches: { scopeName: "Terminating", operator: "DoesNotExist", values: ["a"] },
      want: [
        `${MATCH}.operator: Invalid value: "DoesNotExist": must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity`,
        `${MATCH}.values: Invalid value: ["a"]: must be no value when \`operator\` is 'Exist' or 'DoesNotExist' for scope selector`,
      ],
    },
    {
      matches: { scopeName: "toString" as "Terminating", operator: "Equals" as "In" },
      want: [
        `${MATCH}.scopeName: Invalid value: "toString": unsupported scope`,
        `${MATCH}.operator: Invalid value: "Equals": not a valid selector operator`,
      ],
    },
    {
      matches: { scopeName: "VolumeAttributesClass", operator: "Exists" },
      want: [
        `${MATCH}: Invalid value: {"MatchExpressions":[{"ScopeName":"VolumeAttributesClass","Operator":"Exists","Values":null}]}: unsupported scope applied to resource`,
      ],
    },
  ])("judges the selector $matches", ({ matches, want }) => {
    const spec = { hard: { pods: "1" }, scopeSelector: { matchExpressions: [matches] } };
    expect(errorTexts(resourceQuota.validate?.(aResourceQuota("quota", { spec })))).toEqual(want);
  });
});

test("scopes do not change, but for their order", () => {
  const quota = (...scopes: NonNullable<ResourceQuotaSpec["scopes"]>) =>
    aResourceQuota("quota", { spec: { scopes } });
  const previous = quota("Terminating", "NotBestEffort");
  expect(resourceQuota.validateUpdate?.(quota("NotBestEffort", "Terminating"), previous)).toEqual([]);
  expect(errorTexts(resourceQuota.validateUpdate?.(quota("Terminating"), previous))).toEqual([
    'spec.scopes: Invalid value: ["Terminating"]: field is immutable',
  ]);
});

test("a status is of a version, and its amounts are amounts", () => {
  const object = aResourceQuota("quota", { status: { hard: { pods: "-1" }, used: { mine: "1" } } });
  expect(errorTexts(resourceQuota.validateStatusUpdate?.(object, object))).toEqual([
    "resourceVersion: Required value",
    'status.hard[pods]: Invalid value: "-1": must be greater than or equal to 0',
    'status.used[mine]: Invalid value: "mine": must be a standard resource type or fully qualified',
    'status.used[mine]: Invalid value: "mine": must be a standard resource for quota',
  ]);
});

test("requests above limits are warned of", () => {
  const hard = { cpu: "2", "limits.cpu": "1", "requests.storage": "1", "limits.memory": "1Gi" };
  const object = aResourceQuota("quota", { spec: { hard } });
  expect(resourceQuota.warnings?.(object, undefined)).toEqual([
    "ResourceQuota cpu (2) should be less than limits.cpu (1)",
  ]);
  expect(resourceQuota.warnings?.(object, object)).toEqual([]);
});

test("the table shows what is used of what there is", () => {
  const status = {
    hard: { pods: "10", "requests.cpu": "2", "limits.cpu": "4" },
    used: { pods: "1", "limits.cpu": "500m" },
  };
  expect(rowOf(resourceQuota, aResourceQuota("quota", { status }))).toEqual({
    Name: "quota",
    Request: "pods: 1/10, requests.cpu: 0/2",
    Limit: "limits.cpu: 500m/4",
    Age: "<unknown>",
  });
});
