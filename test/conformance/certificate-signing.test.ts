import { afterAll, beforeAll, expect, test } from "bun:test";
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createCertificateRequest } from "#pki/certificate.ts";
import { NODE_SERVING_REQUEST } from "#testing/certificates.ts";
import { type Kubectl, newestKubectl } from "../integration/front/kubectl.ts";
import { startTestControlPlane, type TestControlPlane } from "./control-plane.ts";

let plane: TestControlPlane;
let kubectl: Kubectl;

beforeAll(async () => {
  plane = await startTestControlPlane();
  kubectl = newestKubectl(plane);
});

afterAll(async () => {
  await plane[Symbol.asyncDispose]();
});

interface Wanted {
  readonly name: string;
  readonly request: string;
  readonly signerName: string;
  readonly usages: readonly string[];
}

async function signed({ name, request, signerName, usages }: Wanted): Promise<X509Certificate> {
  await kubectl.pipe(
    JSON.stringify({
      apiVersion: "certificates.k8s.io/v1",
      kind: "CertificateSigningRequest",
      metadata: { name },
      spec: { request: Buffer.from(request).toString("base64"), signerName, usages },
    }),
    "create",
    "-f-",
  );
  await kubectl.run("certificate", "approve", name);
  await kubectl.run("wait", `csr/${name}`, "--for=jsonpath={.status.certificate}", "--timeout=30s");
  const text = await kubectl.run("get", "csr", name, "-o", "jsonpath={.status.certificate}");
  return new X509Certificate(Buffer.from(text, "base64"));
}

test("a user whose request is approved gets a certificate, and is known by it", async () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = privateKey.export({ type: "sec1", format: "pem" });
  const subject = { commonName: "jane", organizations: ["developers"] };
  const certificate = await signed({
    name: "jane",
    request: createCertificateRequest(subject, key),
    signerName: "kubernetes.io/kube-apiserver-client",
    usages: ["client auth"],
  });
  expect(certificate.checkPrivateKey(privateKey)).toBeTrue();
  expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
  expect(certificate.ca).toBeFalse();
  const files = { certificate: join(plane.directory, "jane.crt"), key: join(plane.directory, "jane.key") };
  await Promise.all([writeFile(files.certificate, certificate.toString()), writeFile(files.key, key)]);
  await kubectl.run(
    "config",
    "set-credentials",
    "jane",
    `--client-certificate=${files.certificate}`,
    `--client-key=${files.key}`,
  );
  const whoami = await kubectl.run("auth", "whoami", "--user=jane", "-o", "json");
  expect(JSON.parse(whoami)).toMatchObject({
    status: { userInfo: { username: "jane", groups: ["developers", "system:authenticated"] } },
  });
});

test("a kubelet's server gets a certificate with its names from the authority of servers", async () => {
  const certificate = await signed({
    name: "n1-serving",
    request: NODE_SERVING_REQUEST,
    signerName: "kubernetes.io/kubelet-serving",
    usages: ["digital signature", "server auth"],
  });
  expect(certificate.subjectAltName).toBe("DNS:n1, IP Address:10.0.0.1");
  const authority = new X509Certificate(plane.api.pki.authorities["server-ca"]);
  expect(certificate.checkIssued(authority) && certificate.verify(authority.publicKey)).toBeTrue();
});
