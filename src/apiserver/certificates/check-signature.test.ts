import { describe, expect, test } from "bun:test";
import type { CertificateRequest } from "#api/certificates/v1/certificate-request.ts";
import { readCertificateRequest } from "#api/certificates/v1/certificatesigningrequest.validation.ts";
import { EC_REQUEST, ED25519_REQUEST, RSA_PSS_REQUEST, RSA_REQUEST } from "#testing/certificates.ts";
import { signatureProblem } from "./check-signature.ts";

function parse(pem: string): CertificateRequest {
  const request = readCertificateRequest(btoa(pem));
  if (request === undefined) throw new TypeError("The PEM is no request");
  return request;
}

const UNSUPPORTED = "x509: cannot verify signature: algorithm unimplemented";
const [ec, rsa] = [parse(EC_REQUEST), parse(RSA_REQUEST)];

test.each([
  { algorithm: "ECDSA", pem: EC_REQUEST, failure: "x509: ECDSA verification failure" },
  { algorithm: "Ed25519", pem: ED25519_REQUEST, failure: "x509: Ed25519 verification failure" },
  { algorithm: "RSA", pem: RSA_REQUEST, failure: "crypto/rsa: verification error" },
  { algorithm: "RSA-PSS", pem: RSA_PSS_REQUEST, failure: "crypto/rsa: verification error" },
])("signatureProblem knows who has signed with $algorithm", ({ pem, failure }) => {
  const request = parse(pem);
  expect(signatureProblem(request)).toBeUndefined();
  const signed = request.signed.map((byte, index) => (index === request.signed.length - 1 ? byte ^ 1 : byte));
  expect(signatureProblem({ ...request, signed })).toBe(failure);
});

describe("signatureProblem refuses", () => {
  test.each<{ name: string; request: CertificateRequest; want: string }>([
    {
      name: "an unknown signature",
      request: { ...ec, signatureAlgorithm: { name: "1.2.3", parameters: undefined } },
      want: UNSUPPORTED,
    },
    {
      name: "an unknown key",
      request: { ...ec, keyAlgorithm: { name: "1.2.3", parameters: undefined } },
      want: UNSUPPORTED,
    },
    {
      name: "MD5",
      request: { ...rsa, signatureAlgorithm: { name: "1.2.840.113549.1.1.4", parameters: undefined } },
      want: "x509: cannot verify signature: insecure algorithm MD5-RSA",
    },
    {
      name: "PSS without parameters",
      request: { ...rsa, signatureAlgorithm: { name: "1.2.840.113549.1.1.10", parameters: undefined } },
      want: UNSUPPORTED,
    },
    {
      name: "a signature for another kind of key",
      request: { ...ec, signatureAlgorithm: rsa.signatureAlgorithm },
      want: "x509: signature algorithm specifies an RSA public key, but have public key of type *ecdsa.PublicKey",
    },
    {
      name: "a key that is none",
      request: { ...ec, publicKey: ec.publicKey.subarray(0, -1) },
      want: "x509: failed to unmarshal elliptic curve point",
    },
  ])("$name", ({ request, want }) => {
    expect(signatureProblem(request)).toBe(want);
  });
});
