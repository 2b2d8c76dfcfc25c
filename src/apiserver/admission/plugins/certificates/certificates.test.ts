import { describe, expect, test } from "bun:test";
import type { CertificateSigningRequest } from "#api/generated/certificates-v1.ts";
import type { ClusterTrustBundle } from "#api/generated/certificates-v1beta1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { AuthorizationAttributes } from "#apiserver/authorization/authorizer.ts";
import { createCertificateRequest, generateKey } from "#pki/certificate.ts";
import { admit, anAdmissionEnvironment, anAdmissionRequest } from "#testing/admission.ts";
import type { AdmissionPlugin } from "../../admission-plugin.ts";
import { certificateApprovalPlugin, certificateSigningPlugin } from "./certificate-rights.ts";
import { certificateSubjectRestrictionPlugin } from "./certificate-subject-restriction.ts";
import { clusterTrustBundleAttestPlugin } from "./cluster-trust-bundle-attest.ts";

const RESOURCE = "certificatesigningrequests.certificates.k8s.io";

function aRequest(
  signerName: string,
  more: Partial<CertificateSigningRequest> = {},
  pem = "",
): CertificateSigningRequest {
  return {
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    metadata: { name: "r", uid: "r" },
    spec: { signerName, request: btoa(pem), usages: ["client auth"] },
    ...more,
  };
}

/** The refusal of somebody who may do this much: `approve example.com/a`. */
async function refusalOf(
  plugin: AdmissionPlugin,
  what: string,
  objects: { readonly object: KubeObject; readonly oldObject?: KubeObject },
  allowed = "",
): Promise<string> {
  const authorizer = {
    authorize: (asked: AuthorizationAttributes) => {
      const right = asked.type === "resource" ? `${asked.verb} ${asked.name}` : "";
      const isSigner =
        asked.type === "resource" && asked.resource === "signers" && asked.group === "certificates.k8s.io";
      return { outcome: isSigner && right === allowed ? "allow" : "noOpinion", reason: "" } as const;
    },
  };
  const request = anAdmissionRequest(what, objects);
  const outcome = await admit(plugin, request, anAdmissionEnvironment([], { authorizer }));
  return typeof outcome === "string" ? outcome : "";
}

const refused = (why: string): string => `${RESOURCE} "r" is forbidden: ${why}`;
const mine = aRequest("example.com/mine");

describe("the approval of a request", () => {
  test.each([
    ["approve example.com/mine", true],
    ["approve example.com/*", true],
    ["approve example.com/other", false],
    ["sign example.com/mine", false],
    ["", false],
  ])("by somebody who may %j", async (right, isAllowed) => {
    // What the update makes of the signer does not matter.
    const objects = { object: aRequest("example.com/other"), oldObject: mine };
    const refusal = await refusalOf(
      certificateApprovalPlugin,
      `UPDATE ${RESOURCE}/approval r`,
      objects,
      right,
    );
    const why = 'user not permitted to approve requests with signerName "example.com/mine"';
    expect(refusal).toBe(isAllowed ? "" : refused(why));
  });
});

describe("the status of a request", () => {
  const signed = { ...mine, status: { certificate: "Y2VydA==" } };
  const failed = {
    ...mine,
    status: { conditions: [{ type: "Failed", status: "True" }] },
  } as CertificateSigningRequest;
  const why = 'user not permitted to sign requests with signerName "example.com/mine"';

  test.each<[string, CertificateSigningRequest, string, string]>([
    ["with a certificate", signed, "sign example.com/*", ""],
    ["with a certificate", signed, "approve example.com/mine", refused(why)],
    ["with a condition", failed, "", refused(why)],
    ["with neither", mine, "", ""],
  ])("%s, by somebody who may do what is named", async (_, object, right, expected) => {
    const what = `UPDATE ${RESOURCE}/status r`;
    expect(await refusalOf(certificateSigningPlugin, what, { object, oldObject: mine }, right)).toBe(
      expected,
    );
  });
});

describe("a trust bundle", () => {
  const BUNDLES = "clustertrustbundles.certificates.k8s.io";
  const aBundle = (signerName: string, more: Partial<ClusterTrustBundle["metadata"]> = {}) => ({
    apiVersion: "certificates.k8s.io/v1beta1" as const,
    kind: "ClusterTrustBundle" as const,
    metadata: { name: "r", uid: "r", ...more },
    spec: { signerName, trustBundle: "" },
  });
  const bundle = aBundle("example.com/mine");
  const why = `${BUNDLES} "r" is forbidden: user not permitted to attest for signerName "example.com/mine"`;

  test.each<[string, ClusterTrustBundle, ClusterTrustBundle | undefined, string, string]>([
    ["of nobody", aBundle(""), undefined, "", ""],
    ["of a signer", bundle, undefined, "attest example.com/mine", ""],
    ["of a signer", bundle, undefined, "attest example.com/*", ""],
    ["of a signer", bundle, undefined, "sign example.com/mine", why],
    ["with other labels", aBundle("example.com/mine", { labels: { a: "b" } }), bundle, "", why],
    ["with other finalizers", aBundle("example.com/mine", { finalizers: ["a.b/c"] }), bundle, "", ""],
  ])("%s, by somebody who may do what is named", async (_, object, oldObject, right, expected) => {
    const what = `${oldObject === undefined ? "CREATE" : "UPDATE"} ${BUNDLES} r`;
    const objects = { object, ...(oldObject && { oldObject }) };
    expect(await refusalOf(clusterTrustBundleAttestPlugin, what, objects, right)).toBe(expected);
  });
});

describe("a new request", () => {
  const CLIENT = "kubernetes.io/kube-apiserver-client";

  test.each<[string, string[], string]>([
    [CLIENT, ["team"], ""],
    [
      CLIENT,
      ["team", "system:masters"],
      refused(`use of ${CLIENT} signer with system:masters group is not allowed`),
    ],
    ["example.com/mine", ["system:masters"], ""],
  ])("to %s for a member of %j", async (signerName, organizations, expected) => {
    const pem = createCertificateRequest({ commonName: "jane", organizations }, generateKey());
    const object = aRequest(signerName, {}, pem);
    const what = `CREATE ${RESOURCE} r`;
    expect(await refusalOf(certificateSubjectRestrictionPlugin, what, { object })).toBe(expected);
  });
});
