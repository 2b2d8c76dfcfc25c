import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { ClusterRoleBinding } from "#api/generated/rbac-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import { AUTHENTICATED_GROUP, type UserInfo } from "#apimachinery/user.ts";
import { csrApprovingController } from "#controllers/certificates/csrapproving.ts";
import { csrSigningController } from "#controllers/certificates/csrsigning.ts";
import { CERTIFICATE, NODE_REQUEST } from "#testing/certificates.ts";
import { aCluster, type TestCluster } from "#testing/cluster.ts";

const NODE: UserInfo = { name: "system:node:n1", groups: ["system:nodes", AUTHENTICATED_GROUP] };
const BOOTSTRAPPER: UserInfo = {
  name: "system:bootstrap:abcdef",
  groups: ["system:bootstrappers", AUTHENTICATED_GROUP],
};
const ROLES = "system:certificates.k8s.io:certificatesigningrequests";

let cluster: TestCluster;
beforeEach(async () => {
  const authority = { sign: () => CERTIFICATE, lifetimeMs: 3_600_000 };
  cluster = await aCluster({ controllers: [csrApprovingController, csrSigningController(authority)] });
  await bind("system:node-bootstrapper", "system:bootstrappers");
});
afterEach(() => cluster[Symbol.asyncDispose]());

async function bind(role: string, group: string): Promise<void> {
  const binding: NewObject<ClusterRoleBinding> = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: role },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: group }],
  };
  await cluster.client.create("ClusterRoleBinding", binding);
}

async function request(user: UserInfo): Promise<void> {
  await cluster.as(user).create("CertificateSigningRequest", {
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    metadata: { name: "csr" },
    spec: {
      request: btoa(NODE_REQUEST),
      signerName: "kubernetes.io/kube-apiserver-client-kubelet",
      usages: ["digital signature", "client auth"],
    },
  });
  await cluster.settle();
}

async function expectApproved(message: string): Promise<void> {
  await cluster.eventually(async () => {
    const { status } = await cluster.client.get("CertificateSigningRequest", { name: "csr" });
    expect(status?.conditions).toMatchObject([
      { type: "Approved", status: "True", reason: "AutoApproved", message },
    ]);
    expect(status?.certificate).toBe(btoa(CERTIFICATE));
  });
}

const SELF_MESSAGE = "Auto approving self kubelet client certificate after SubjectAccessReview.";
const OTHER_MESSAGE = "Auto approving kubelet client certificate after SubjectAccessReview.";

describe("a kubelet's request", () => {
  test.each([
    ["selfnodeclient", NODE, "system:nodes", SELF_MESSAGE],
    ["nodeclient", NODE, "system:nodes", OTHER_MESSAGE],
    ["nodeclient", BOOTSTRAPPER, "system:bootstrappers", OTHER_MESSAGE],
  ])("is approved and signed for who may create %s", async (role, user, group, message) => {
    await bind(`${ROLES}:${role}`, group);
    await request(user);
    await expectApproved(message);
  });

  test("waits until its requester may ask for it", async () => {
    await request(BOOTSTRAPPER);
    const waiting = await cluster.client.get("CertificateSigningRequest", { name: "csr" });
    expect(waiting.status).toEqual({});
    await bind(`${ROLES}:nodeclient`, "system:bootstrappers");
    await expectApproved(OTHER_MESSAGE);
  });

  test("that another node makes is not its own", async () => {
    await bind(`${ROLES}:selfnodeclient`, "system:bootstrappers");
    await request(BOOTSTRAPPER);
    await cluster.advance(1000);
    const { status } = await cluster.client.get("CertificateSigningRequest", { name: "csr" });
    expect(status).toEqual({});
  });
});
