import { describe, expect, test } from "bun:test";
import { errorTexts } from "#testing/kinds.ts";
import { aLimitRange } from "#testing/objects.ts";
import type { LimitRangeItem } from "../../generated/core-v1.ts";
import { limitRange } from "./limitrange.ts";

describe("limitRange.setDefaults", () => {
  test.each<{ item: LimitRangeItem; want: LimitRangeItem }>([
    {
      item: { type: "Container", max: { cpu: "1" }, min: { cpu: "100m", memory: "1Mi" } },
      want: {
        type: "Container",
        max: { cpu: "1" },
        min: { cpu: "100m", memory: "1Mi" },
        default: { cpu: "1" },
        defaultRequest: { cpu: "1", memory: "1Mi" },
      },
    },
    {
      item: { type: "Container", default: { cpu: "1u" }, defaultRequest: { cpu: "1n" } },
      want: { type: "Container", default: { cpu: "1m" }, defaultRequest: { cpu: "1m" } },
    },
    { item: { type: "Pod", max: { cpu: "1" } }, want: { type: "Pod", max: { cpu: "1" } } },
    { item: { type: "Container" }, want: { type: "Container" } },
  ])("completes $item", ({ item, want }) => {
    const filled = limitRange.setDefaults?.(aLimitRange("limits", { limits: [item] }));
    expect(filled?.spec.limits).toEqual([want]);
    expect(filled && limitRange.setDefaults?.(filled)).toBe(filled);
  });
});

describe("limitRange.validate", () => {
  const container = (lists: Partial<LimitRangeItem>): LimitRangeItem => ({ type: "Container", ...lists });

  test.each<{ limits: LimitRangeItem[]; want: string[] }>([
    {
      limits: [container({ max: { cpu: "2" }, min: { cpu: "1" }, maxLimitRequestRatio: { cpu: "2" } })],
      want: [],
    },
    { limits: [{ type: "PersistentVolumeClaim", max: { storage: "1Gi" } }], want: [] },
    { limits: [{ type: "example.com/Thing", max: { "example.com/thing": "1" } }], want: [] },
    {
      limits: [{ type: "Pod" }, { type: "Pod" }, { type: "Thing" }],
      want: [
        'spec.limits[1].type: Duplicate value: "Pod"',
        'spec.limits[2].type: Invalid value: "Thing": must be a standard limit type or fully qualified',
      ],
    },
    {
      limits: [{ type: "Pod", default: { cpu: "1" }, defaultRequest: { cpu: "1" }, max: { pods: "1" } }],
      want: [
        'spec.limits[0].max[pods]: Invalid value: "pods": must be a standard resource for containers',
        "spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'",
        "spec.limits[0].defaultRequest: Forbidden: may not be specified when `type` is 'Pod'",
      ],
    },
    {
      limits: [{ type: "PersistentVolumeClaim" }],
      want: [
        "spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided",
      ],
    },
    {
      limits: [
        container({
          min: { cpu: "3" },
          max: { cpu: "1" },
          default: { cpu: "2" },
          defaultRequest: { cpu: "2500m" },
        }),
      ],
      want: [
        'spec.limits[0].min[cpu]: Invalid value: "3": min value 3 is greater than max value 1',
        'spec.limits[0].defaultRequest[cpu]: Invalid value: "2500m": min value 3 is greater than default request value 2500m',
        'spec.limits[0].defaultRequest[cpu]: Invalid value: "2500m": default request value 2500m is greater than max value 1',
        'spec.limits[0].defaultRequest[cpu]: Invalid value: "2500m": default request value 2500m is greater than default limit value 2',
        'spec.limits[0].default[cpu]: Invalid value: "3": min value 3 is greater than default value 2',
        'spec.limits[0].default[cpu]: Invalid value: "1": default value 2 is greater than max value 1',
      ],
    },
    {
      limits: [
        container({
          max: { cpu: "1" },
          min: { cpu: "800m" },
          maxLimitRequestRatio: { cpu: "1500m", memory: "500m" },
        }),
      ],
      want: [
        'spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "1500m": ratio 1500m is greater than max/min = 1.250000',
        'spec.limits[0].maxLimitRequestRatio[memory]: Invalid value: "500m": ratio 500m is less than 1',
      ],
    },
    {
      limits: [
        container({ default: { "example.com/gpu": "2" }, defaultRequest: { "example.com/gpu": "1" } }),
      ],
      want: [
        'spec.limits[0].defaultRequest[example.com/gpu]: Invalid value: "1": default value 2 must equal to defaultRequest value 1 in example.com/gpu',
      ],
    },
  ])("judges $limits", ({ limits, want }) => {
    expect(errorTexts(limitRange.validate?.(aLimitRange("limits", { limits })))).toEqual(want);
  });
});
