import { expect, test } from "bun:test";
import { type Feature, featureProblems } from "./features.ts";

test.each<[Feature[], string[]]>([
  [[], []],
  [["ClusterTrustBundle"], []],
  [["ClusterTrustBundleProjection", "ClusterTrustBundle"], []],
  [
    ["ClusterTrustBundleProjection"],
    [
      "ClusterTrustBundleProjection is enabled, but depends on features that are disabled: [ClusterTrustBundle]",
    ],
  ],
])("the features %j have the problems %j", (features, want) => {
  expect(featureProblems(new Set(features))).toEqual(want);
});
