import { describe, expect, test } from "bun:test";
import type { ApiSwitch } from "./feature-config.ts";
import { featuresOf, isServed, runtimeConfigProblems } from "./served-kinds.ts";

const KNOWN = [
  { group: "", version: "v1" },
  { group: "certificates.k8s.io", version: "v1" },
  { group: "certificates.k8s.io", version: "v1beta1" },
  { group: "resource.k8s.io", version: "v1beta1" },
];
const GROUP_VERSION = "certificates.k8s.io/v1beta1";

/** `a=true b=false`. */
function switches(text: string): readonly ApiSwitch[] {
  return text
    .split(" ")
    .filter((each) => each !== "")
    .map((each) => ({ api: each.replace(/=.*/, ""), isEnabled: each.endsWith("=true") }));
}

const gate = (isEnabled: boolean) => ({ feature: "ClusterTrustBundle", isEnabled }) as const;

describe("isServed", () => {
  test.each([
    ["", false],
    [`${GROUP_VERSION}=true`, true],
    [`${GROUP_VERSION}/clustertrustbundles=true`, true],
    [`${GROUP_VERSION}/clustertrustbundles=false ${GROUP_VERSION}=true`, false],
    [`${GROUP_VERSION}=true api/all=false`, true],
    ["api/all=true", true],
    ["api/beta=true", true],
    ["api/beta=false api/all=true", false],
    ["api/alpha=true", false],
    [`api/all=true ${GROUP_VERSION}=false`, false],
  ])("with the runtime configuration %p is %p", (text, want) => {
    const runtimeConfig = switches(text);
    expect(isServed("ClusterTrustBundle", { featureGates: [gate(true)], runtimeConfig })).toBe(want);
    expect(isServed("ClusterTrustBundle", { featureGates: [], runtimeConfig })).toBeFalse();
  });
});

test("of a gate that is given repeatedly the last counts", () => {
  expect([...featuresOf({ featureGates: [gate(true), gate(false)] })]).toEqual([]);
  expect([...featuresOf({ featureGates: [gate(false), gate(true)] })]).toEqual(["ClusterTrustBundle"]);
});

test.each<[string, string[]]>([
  [`${GROUP_VERSION}=true certificates.k8s.io/v1=true api/all=true`, []],
  [`${GROUP_VERSION}/clustertrustbundles=false api/beta=false api/alpha=false`, []],
  ["api/all=false", ["invalid runtime-config with only api/all=false"]],
  [`api/all=false ${GROUP_VERSION}=true`, ["api/all cannot be switched off here"]],
  ["certificates.k8s.io/v1=false", ["certificates.k8s.io/v1 cannot be switched off here"]],
  ["example.com/v1=true", ["unknown api groups example.com/v1"]],
  ["certificates.k8s.io/v2=true", ["group version certificates.k8s.io/v2 that has not been registered"]],
  ["resource.k8s.io/v1beta1=true", ["resource.k8s.io/v1beta1 is not there"]],
  ["resource.k8s.io/v1beta1=false", []],
  [`${GROUP_VERSION}/podcertificaterequests=true`, [`${GROUP_VERSION}/podcertificaterequests is not there`]],
])("the runtime configuration %p has the problems %j", (text, want) => {
  expect(runtimeConfigProblems(switches(text), KNOWN)).toEqual(want);
});
