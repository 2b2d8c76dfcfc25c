import { describe, expect, test } from "bun:test";
import type { ClusterTrustBundle } from "#api/generated/certificates-v1beta1.ts";
import { describePlan } from "#testing/actions.ts";
import { clusterMetadataOf } from "#testing/metadata.ts";
import { planTrustBundle } from "./clustertrustbundle-publisher.ts";

const SIGNER = "kubernetes.io/kube-apiserver-serving";
const rootCA = "-----BEGIN CERTIFICATE-----";
/** The first twelve bytes of the SHA-256 of the certificates. */
const NAME = "kubernetes.io:kube-apiserver-serving:ddddb6cbd348658f02fa6c8a";

function published(name: string, trustBundle: string): ClusterTrustBundle {
  return {
    apiVersion: "certificates.k8s.io/v1beta1",
    kind: "ClusterTrustBundle",
    metadata: clusterMetadataOf(name),
    spec: { signerName: SIGNER, trustBundle },
  };
}

const current = published(NAME, rootCA);
const old = published("kubernetes.io:kube-apiserver-serving:old", "old");

describe("planTrustBundle", () => {
  test.each<{ name: string; bundles: ClusterTrustBundle[]; want: string[] }>([
    {
      name: "publishes the authority under the name of its contents",
      bundles: [],
      want: [`create ClusterTrustBundle ${NAME}`],
    },
    { name: "is quiet when it is published", bundles: [current], want: [] },
    {
      name: "repairs what was changed",
      bundles: [published(NAME, "other")],
      want: [`update ClusterTrustBundle ${NAME}`],
    },
    {
      name: "replaces the authority before",
      bundles: [old],
      want: [`create ClusterTrustBundle ${NAME}`, `delete ClusterTrustBundle ${old.metadata.name}`],
    },
    {
      name: "removes whatever others say the signer has",
      bundles: [old, current],
      want: [`delete ClusterTrustBundle ${old.metadata.name}`],
    },
  ])("$name", ({ bundles, want }) => {
    expect(describePlan(planTrustBundle({ bundles, rootCA }))).toEqual(want);
  });
});
