import { afterEach, beforeEach, expect, test } from "bun:test";
import type {
  CertificateSigningRequest,
  CertificateSigningRequestCondition,
} from "#api/generated/certificates-v1.ts";
import { failureOf } from "./failure.ts";
import { startServer, type TestServer } from "./server.ts";

/** A request for "CN=jane", as openssl makes it. */
const REQUEST = btoa(`-----BEGIN CERTIFICATE REQUEST-----
MIHJMHECAQAwDzENMAsGA1UEAwwEamFuZTBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABAgbk86QmWv/3PHEDQAK1zA4/RbD2XM1LCdMggKUBkQtU7HFay2VFdGQteUX
ta6kmM1IjdHY51253SRsN4O6eTKgADAKBggqhkjOPQQDAgNIADBFAiApJ/mQGuHa
4P0SZcVmASzhmV4rW/9zTnzNgxaCRftkxgIhAItyTAfgnAWt1Ij7cTkuvKJJnPKS
LUULsHkDJWbRbx+p
-----END CERTIFICATE REQUEST-----
`);

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server[Symbol.asyncDispose]());

function createRequest(): Promise<CertificateSigningRequest> {
  return server.client.create("CertificateSigningRequest", {
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    metadata: { name: "jane" },
    spec: { request: REQUEST, signerName: "example.com/signer", usages: ["client auth"] },
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
