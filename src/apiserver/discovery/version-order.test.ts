import { expect, test } from "bun:test";
import { compareVersions } from "./version-order.ts";

test("orders versions by stability, then from new to old", () => {
  const versions = [
    "foo10",
    "v1alpha1",
    "v0",
    "v1",
    "v11beta2",
    "foo1",
    "v3beta1",
    "v10",
    "v2",
    "v11alpha2",
    "v12alpha1",
  ];
  expect(versions.toSorted(compareVersions)).toEqual([
    "v10",
    "v2",
    "v1",
    "v0",
    "v11beta2",
    "v3beta1",
    "v12alpha1",
    "v11alpha2",
    "v1alpha1",
    "foo1",
    "foo10",
  ]);
});

test("finds a version equal to itself", () => {
  expect(["v1", "v1beta1", "foo"].map((version) => compareVersions(version, version))).toEqual([0, 0, 0]);
});
