import { afterEach, beforeEach, expect, test } from "bun:test";
import type {
  CertificateSigningRequest,
  CertificateSigningRequestCondition,
} from "#api/generated/certificates-v1.ts";
import { EC_REQUEST } from "#testing/certificates.ts";
import { failureOf } from "./failure.ts";
import { startServer, type TestServer } from "./server.ts";

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server[Symbol.asyncDispose]());

function createRequest(request = EC_REQUEST): Promise<CertificateSigningRequest> {
  return server.client.create("CertificateSigningRequest", {
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    metadata: { name: "jane" },
    spec: { request: btoa(request), signerName: "example.com/signer", usages: ["client auth"] },
  });
}

const approved: CertificateSigningRequestCondition = {
  type: "Approved",
  status: "True",
  reason: "Known",
  message: "",
  lastTransitionTime: null,
  lastUpdateTime: null,
};

test("a signing request says who made it", async () => {
  expect((await createRequest()).spec).toMatchObject({
    username: "admin",
    groups: ["system:masters", "system:authenticated"],
  });
});

test("a signing request is signed with its own key", async () => {
  const forged = EC_REQUEST.replace("ApJ/mQ", "ApJ/mR");
  expect(await failureOf(createRequest(forged))).toBe(
    `422 Invalid: CertificateSigningRequest.certificates.k8s.io "jane" is invalid: spec.request: Invalid value: "${btoa(forged)}": x509: ECDSA verification failure`,
  );
});

test("a signing request is approved through a subresource of its own", async () => {
  const created = await createRequest();
  const wanted = { ...created, status: { conditions: [approved] } };
  const updated = await server.client.update("CertificateSigningRequest", wanted);
  expect(updated.status?.conditions).toBeUndefined();
  const approvedRequest = await server.client.update(
    "CertificateSigningRequest",
    { ...wanted, metadata: updated.metadata },
    { subresource: "approval" },
  );
  expect(approvedRequest.status?.conditions?.map(({ type }) => type)).toEqual(["Approved"]);
  const denied = {
    ...approvedRequest,
    status: { conditions: [approved, { ...approved, type: "Denied" as const }] },
  };
  const deny = server.client.update("CertificateSigningRequest", denied, { subresource: "approval" });
  expect(await failureOf(deny)).toStartWith("422 Invalid");
});
