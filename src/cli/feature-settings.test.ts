import { describe, expect, test } from "bun:test";
import { featureSettings } from "./feature-settings.ts";

const { featureGates, runtimeConfig } = featureSettings;
const invalid = (text: string) => `strconv.ParseBool: parsing "${text}": invalid syntax`;

describe("a feature gate", () => {
  test.each([
    ["ClusterTrustBundle=true", true],
    ["ClusterTrustBundle=F", false],
    [" ClusterTrustBundle = 1 ", true],
  ])("%p is read", (text, isEnabled) => {
    expect(featureGates.parse(text)).toEqual({ feature: "ClusterTrustBundle", isEnabled });
  });

  test.each([
    ["ClusterTrustBundle", "missing bool value for ClusterTrustBundle"],
    ["ClusterTrustBundle=on", `invalid value of ClusterTrustBundle=on, err: ${invalid("on")}`],
    [
      "ClusterTrustBundle=true=false",
      `invalid value of ClusterTrustBundle=true=false, err: ${invalid("true=false")}`,
    ],
    ["AllBeta=true", "unrecognized feature gate: AllBeta"],
    ["PodCertificateRequest=false", "unrecognized feature gate: PodCertificateRequest"],
  ])("%p is refused", (text, problem) => {
    expect(() => featureGates.parse(text)).toThrow(new RangeError(problem));
  });
});

describe("an API", () => {
  test.each([
    ["certificates.k8s.io/v1beta1=true", "certificates.k8s.io/v1beta1", true],
    [
      "certificates.k8s.io/v1beta1/clustertrustbundles=0",
      "certificates.k8s.io/v1beta1/clustertrustbundles",
      false,
    ],
    ["certificates.k8s.io/v1beta1", "certificates.k8s.io/v1beta1", true],
    ["api/all=false", "api/all", false],
  ])("%p is read", (text, api, isEnabled) => {
    expect(runtimeConfig.parse(text)).toEqual({ api, isEnabled });
  });

  test.each([
    ["v1=true", "runtime-config invalid key v1"],
    ["a/b/c/d=true", "runtime-config invalid key a/b/c/d"],
    ["api/all=1", "invalid value api/all=1"],
    ["apps/v1=yes", `invalid value of apps/v1: yes, err: ${invalid("yes")}`],
    [
      "apps/v1/Deployments",
      'invalid key apps/v1/Deployments: group/version/resource and resource is always lowercase plural, not "Deployments"',
    ],
  ])("%p is refused", (text, problem) => {
    expect(() => runtimeConfig.parse(text)).toThrow(new RangeError(problem));
  });
});
