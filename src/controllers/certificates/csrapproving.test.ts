import { describe, expect, test } from "bun:test";
import type { CertificateSigningRequest } from "#api/generated/certificates-v1.ts";
import { describePlan } from "#testing/actions.ts";
import { EC_REQUEST, NODE_REQUEST, NODE_SERVING_REQUEST } from "#testing/certificates.ts";
import { planApproving } from "./csrapproving.ts";

const NODE = "system:node:n1";
const SELF = "selfnodeclient";
const OTHER = "nodeclient";
const USAGES = ["digital signature", "client auth"] as const;

interface RequestParts {
  readonly pem?: string;
  readonly spec?: Partial<CertificateSigningRequest["spec"]>;
  readonly status?: CertificateSigningRequest["status"];
}

function aRequest({ pem = NODE_REQUEST, spec, status }: RequestParts): CertificateSigningRequest {
  const signerName = "kubernetes.io/kube-apiserver-client-kubelet";
  return {
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    metadata: { name: "r", uid: "u" },
    spec: { request: btoa(pem), signerName, usages: USAGES, username: "bootstrap", ...spec },
    ...(status && { status }),
  };
}

function planFor(parts: RequestParts, refused?: string) {
  return planApproving({ request: aRequest(parts), refused });
}

test.each<[string, RequestParts, string | undefined, string]>([
  ["another's certificate", {}, undefined, OTHER],
  ["another's certificate again", {}, OTHER, OTHER],
  ["a node's own certificate", { spec: { username: NODE } }, undefined, SELF],
  ["a node's own certificate as that of another", { spec: { username: NODE } }, SELF, OTHER],
  ["a node's own certificate once more", { spec: { username: NODE } }, OTHER, SELF],
])("asks who may request %s", (_case, parts, refused, subresource) => {
  expect(planFor(parts, refused).actions).toMatchObject([
    {
      type: "update",
      subresource: "approval",
      requires: [
        {
          type: "allowed",
          review: {
            user: parts.spec?.username ?? "bootstrap",
            resourceAttributes: {
              group: "certificates.k8s.io",
              resource: "certificatesigningrequests",
              subresource,
              verb: "create",
            },
          },
        },
      ],
    },
  ]);
});

test("asks about all that is known of the requester", () => {
  const extra = { "example.com/k": ["v"] };
  const { actions } = planFor({ spec: { uid: "7", groups: ["g"], extra } });
  expect(actions).toMatchObject([
    { requires: [{ review: { user: "bootstrap", uid: "7", groups: ["g"], extra } }] },
  ]);
});

test.each([
  ["bootstrap", "Auto approving kubelet client certificate after SubjectAccessReview."],
  [NODE, "Auto approving self kubelet client certificate after SubjectAccessReview."],
])("the request of %s is approved with a reason", (username, message) => {
  const { actions } = planFor({
    spec: { username },
    status: { conditions: [{ type: "Failed", status: "True" }] },
  });
  const approved = { type: "Approved", status: "True", reason: "AutoApproved", message };
  expect(actions).toMatchObject([
    { object: { status: { conditions: [{ type: "Failed", status: "True" }, approved] } } },
  ]);
});

describe("leaves alone", () => {
  test.each<[string, RequestParts]>([
    ["what is approved", { status: { conditions: [{ type: "Approved", status: "True" }] } }],
    ["what is denied", { status: { conditions: [{ type: "Denied", status: "True" }] } }],
    ["what has its certificate", { status: { certificate: "eA==" } }],
    ["a user's certificate", { pem: EC_REQUEST }],
    ["what is for another signer", { spec: { signerName: "kubernetes.io/kube-apiserver-client" } }],
    ["a server's certificate", { pem: NODE_SERVING_REQUEST }],
    ["other usages", { spec: { usages: ["digital signature", "server auth"] } }],
  ])("%s", (_case, parts) => {
    expect(describePlan(planFor(parts))).toEqual([]);
  });
});
