import { describe, expect, test } from "bun:test";
import { aCertificate, CERTIFICATE, EC_REQUEST } from "#testing/certificates.ts";
import { errorTexts, rowOf } from "#testing/kinds.ts";
import { clusterMetadataOf } from "#testing/metadata.ts";
import type { ClusterTrustBundle } from "../../generated/certificates-v1beta1.ts";
import { clusterTrustBundle } from "./clustertrustbundle.ts";
import { checkAnyTrustBundleName } from "./trust-bundle-name.ts";

const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LEAF = aCertificate("web", "serverAuth");

function aBundle(name: string, signerName = "", trustBundle = CERTIFICATE): ClusterTrustBundle {
  return {
    apiVersion: "certificates.k8s.io/v1beta1",
    kind: "ClusterTrustBundle",
    metadata: clusterMetadataOf(name),
    spec: { ...(signerName !== "" && { signerName }), trustBundle },
  };
}

const errorsOf = (bundle: ClusterTrustBundle) => errorTexts(clusterTrustBundle.validate?.(bundle));
const anchors = (text: string): string => `spec.trustBundle: Invalid value: "<value omitted>": ${text}`;

test("a row shows the signer", () => {
  expect(rowOf(clusterTrustBundle, aBundle("a"))).toEqual({ Name: "a", SignerName: "<none>" });
  expect(rowOf(clusterTrustBundle, aBundle("k8s.io:a:b", "k8s.io/a"))["SignerName"]).toBe("k8s.io/a");
});

describe("the name of a bundle", () => {
  test.each<{ name: string; signer?: string; want: string[] }>([
    { name: "foo", want: [] },
    { name: "foo.bar", want: [] },
    {
      name: "k8s.io:bar:foo",
      want: [
        'metadata.name: Invalid value: "k8s.io:bar:foo": ClusterTrustBundle without signer name must not have ":" in its name',
      ],
    },
    { name: "Foo", want: [`metadata.name: Invalid value: "Foo": ${SUBDOMAIN}`] },
    { name: "k8s.io:foo:bar", signer: "k8s.io/foo", want: [] },
    {
      name: "bar",
      signer: "k8s.io/foo",
      want: [
        'metadata.name: Invalid value: "bar": ClusterTrustBundle for signerName k8s.io/foo must be named with prefix k8s.io:foo:',
      ],
    },
    {
      name: "k8s.io:foo:",
      signer: "k8s.io/foo",
      want: [`metadata.name: Invalid value: "k8s.io:foo:": ${SUBDOMAIN}`],
    },
    {
      name: "k8s.io:foo:a:b",
      signer: "k8s.io/foo",
      want: [`metadata.name: Invalid value: "k8s.io:foo:a:b": ${SUBDOMAIN}`],
    },
    {
      name: "k8s.io:bar",
      signer: "k8s.io",
      want: [
        "spec.signerName: Invalid value: \"k8s.io\": must be a fully qualified domain and path of the form 'example.com/signer-name'",
      ],
    },
  ])("$name of signer $signer", ({ name, signer, want }) => {
    expect(errorsOf(aBundle(name, signer))).toEqual(want);
  });

  test.each<[string, string[]]>([
    ["foo", []],
    ["k8s.io:foo:bar", []],
    ["k8s.io:foo:", [SUBDOMAIN]],
    ["Foo", [SUBDOMAIN]],
  ])("%s by itself", (name, want) => {
    expect(checkAnyTrustBundleName(name)).toEqual(want);
  });
});

describe("the certificates of a bundle", () => {
  test.each<{ name: string; text: string; want: string[] }>([
    { name: "with text between them", text: `# Mine\n${CERTIFICATE}\nend`, want: [] },
    { name: "none at all", text: "x", want: [anchors("at least one trust anchor must be provided")] },
    {
      name: "another block",
      text: CERTIFICATE + EC_REQUEST,
      want: [anchors("entry 1 has bad block type: CERTIFICATE REQUEST")],
    },
    {
      name: "headers",
      text: CERTIFICATE.replace("\n", "\nA: b\n\n"),
      want: [anchors("entry 0 has PEM block headers")],
    },
    {
      name: "what is no certificate",
      text: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
      want: [anchors("entry 0 does not parse as X.509")],
    },
    { name: "a leaf", text: LEAF + CERTIFICATE, want: [anchors("entry 0 does not have the CA bit set")] },
    {
      name: "one twice",
      text: CERTIFICATE + CERTIFICATE,
      want: [anchors("duplicate trust anchor (indices [0 1])")],
    },
    {
      name: "too many",
      text: "x".repeat(1024 * 1024 + 1),
      want: ["spec.trustBundle: Too long: may not be more than 1048576 bytes"],
    },
  ])("$name", ({ text, want }) => {
    expect(errorsOf(aBundle("a", "", text))).toEqual(want);
  });
});

test("an update keeps the signer, and may keep what is not understood any more", () => {
  const update = (next: ClusterTrustBundle, previous: ClusterTrustBundle) =>
    errorTexts(clusterTrustBundle.validateUpdate?.(next, previous));
  const odd = aBundle("k8s.io:foo:a", "k8s.io/foo", "x");
  expect(update(odd, odd)).toEqual([]);
  expect(update({ ...odd, spec: { ...odd.spec, trustBundle: "y" } }, odd)).toEqual([
    anchors("at least one trust anchor must be provided"),
  ]);
  expect(update({ ...odd, spec: { ...odd.spec, signerName: "k8s.io/bar" } }, odd)).toEqual([
    'metadata.name: Invalid value: "k8s.io:foo:a": ClusterTrustBundle for signerName k8s.io/bar must be named with prefix k8s.io:bar:',
    'spec.signerName: Invalid value: "k8s.io/bar": field is immutable',
  ]);
});
