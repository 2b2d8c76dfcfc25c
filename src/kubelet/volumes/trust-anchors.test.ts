import { describe, expect, test } from "bun:test";
import type { ClusterTrustBundle } from "#api/generated/certificates-v1beta1.ts";
import type { ClusterTrustBundleProjection } from "#api/generated/core-v1.ts";
import { clusterMetadataOf } from "#testing/metadata.ts";
import { trustAnchors } from "./trust-anchors.ts";

const pem = (content: string): string =>
  `-----BEGIN CERTIFICATE-----\n${btoa(content)}\n-----END CERTIFICATE-----\n`;

function aBundle(name: string, contents: readonly string[], tier = ""): ClusterTrustBundle {
  return {
    apiVersion: "certificates.k8s.io/v1beta1",
    kind: "ClusterTrustBundle",
    metadata: { ...clusterMetadataOf(name), ...(tier !== "" && { labels: { tier } }) },
    spec: { trustBundle: contents.map((content) => `# ${name}\n${pem(content)}`).join("") },
  };
}

const bundles = {
  trustBundle: (name: string) => (name === "plain" ? aBundle("plain", ["b", "a"]) : undefined),
  trustBundlesOf: (signerName: string) =>
    signerName === "k8s.io/a" ? [aBundle("x", ["c", "a"], "front"), aBundle("y", ["a", "b"], "back")] : [],
};

const MATCHED_NONE = "combination of signerName and labelSelector matched zero ClusterTrustBundles";

describe("trustAnchors", () => {
  test.each<{ name: string; projection: Omit<ClusterTrustBundleProjection, "path">; want: string[] }>([
    { name: "one bundle, in order and without comments", projection: { name: "plain" }, want: ["a", "b"] },
    {
      name: "all of a signer, each certificate once",
      projection: { signerName: "k8s.io/a", labelSelector: {} },
      want: ["a", "b", "c"],
    },
    {
      name: "those with the labels",
      projection: { signerName: "k8s.io/a", labelSelector: { matchLabels: { tier: "front" } } },
      want: ["a", "c"],
    },
    { name: "none where none need be", projection: { name: "other", optional: true }, want: [] },
    {
      name: "none of a signer where none need be",
      projection: { signerName: "k8s.io/b", labelSelector: {}, optional: true },
      want: [],
    },
  ])("are $name", ({ projection, want }) => {
    expect(trustAnchors({ path: "ca.pem", ...projection }, bundles)).toBe(want.map(pem).join(""));
  });

  test.each<{ projection: Omit<ClusterTrustBundleProjection, "path">; want: string }>([
    {
      projection: { name: "other" },
      want: 'while getting ClusterTrustBundle: clustertrustbundle.certificates.k8s.io "other" not found',
    },
    { projection: { signerName: "k8s.io/a" }, want: MATCHED_NONE },
    { projection: { signerName: "k8s.io/b", labelSelector: {} }, want: MATCHED_NONE },
  ])("are missing for $projection", ({ projection, want }) => {
    expect(() => trustAnchors({ path: "ca.pem", ...projection }, bundles)).toThrow(want);
  });

  test("have lines of 64 letters", () => {
    const long = { ...bundles, trustBundle: () => aBundle("long", ["x".repeat(100)]) };
    const lines = trustAnchors({ path: "ca.pem", name: "long" }, long).split("\n");
    expect(lines.map(({ length }) => length)).toEqual([27, 64, 64, 8, 25, 0]);
  });
});
