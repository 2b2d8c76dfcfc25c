import { describe, expect, test } from "bun:test";
import { errorTexts } from "#testing/kinds.ts";
import { aService } from "#testing/objects.ts";
import type { ServiceSpec } from "../../generated/core-v1.ts";
import { service } from "./service.ts";

describe("addresses", () => {
  test.each<{ spec: Partial<ServiceSpec>; want: string[] }>([
    {
      spec: {
        clusterIPs: ["10.96.0.10", "fd00::1"],
        ipFamilies: ["IPv4", "IPv6"],
        ipFamilyPolicy: "PreferDualStack",
      },
      want: [],
    },
    { spec: { clusterIPs: [] }, want: ["spec.clusterIPs: Required value"] },
    {
      spec: { clusterIPs: ["10.96.0.11"] },
      want: ['spec.clusterIPs: Invalid value: ["10.96.0.11"]: first value must match `clusterIP`'],
    },
    {
      spec: { clusterIP: "" },
      want: [
        'spec.clusterIPs: Invalid value: ["10.96.0.10"]: must be empty when `clusterIP` is not specified',
      ],
    },
    {
      spec: { ipFamilies: ["IPv4", "IPv4"], ipFamilyPolicy: "Both" as "SingleStack" },
      want: [
        'spec.ipFamilies[1]: Duplicate value: "IPv4"',
        'spec.ipFamilyPolicy: Unsupported value: "Both": supported values: "PreferDualStack", "RequireDualStack", "SingleStack"',
      ],
    },
    {
      spec: { clusterIP: "None", clusterIPs: ["None", "x"] },
      want: [
        'spec.clusterIPs: Invalid value: ["None","x"]: \'None\' must be the first and only value',
        'spec.clusterIPs[1]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      ],
    },
    {
      spec: { clusterIPs: ["10.96.0.10", "10.96.0.11", "10.96.0.12"] },
      want: [
        'spec.clusterIPs: Invalid value: ["10.96.0.10","10.96.0.11","10.96.0.12"]: may only hold up to 2 values',
        'spec.clusterIPs: Invalid value: ["10.96.0.10","10.96.0.11","10.96.0.12"]: may specify no more than one IP for each IP family',
      ],
    },
    {
      spec: { ipFamilies: ["IPv6"] },
      want: [
        'spec.clusterIPs[0]: Invalid value: "10.96.0.10": expected an IPv6 value as indicated by `ipFamilies[0]`',
      ],
    },
  ])("$spec", ({ spec, want }) => {
    expect(errorTexts(service.validate?.(aService("web", { spec })))).toEqual(want);
  });
});
