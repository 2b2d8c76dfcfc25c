import { describe, expect, test } from "bun:test";
import { createPublicKey, X509Certificate } from "node:crypto";
import { createCertificateRequest, generateKey, issueCertificate } from "#pki/certificate.ts";
import { EC_REQUEST, RSA_REQUEST } from "#testing/certificates.ts";
import { requestedKey } from "./read-request.ts";

const key = generateKey();
const pem = createCertificateRequest({ commonName: "n1" }, key);

describe("requestedKey", () => {
  test("is the public half of the key that the request is signed with, and good for a certificate", () => {
    const requested = requestedKey(pem) ?? "";
    expect(requested).toBe(createPublicKey(key).export({ type: "spki", format: "pem" }).toString());
    const issuer = { subject: { commonName: "ca" }, key: generateKey() };
    const template = {
      subject: { commonName: "n1" },
      usage: "clientAuth",
      notBefore: 0,
      notAfter: 1,
    } as const;
    const certificate = new X509Certificate(issueCertificate(template, requested, issuer));
    expect(certificate.publicKey.export({ type: "spki", format: "pem" }).toString()).toBe(requested);
  });

  test("knows requests of others, too", () => {
    expect(requestedKey(EC_REQUEST)).toStartWith("-----BEGIN PUBLIC KEY-----");
  });

  const other = createCertificateRequest({ commonName: "n1" }, generateKey());
  const bytes = (text: string): Buffer => Buffer.from(text.split("\n").slice(1, -2).join(""), "base64");
  const forged = Buffer.concat([bytes(pem).subarray(0, 100), bytes(other).subarray(100)]).toString("base64");
  test.each([
    ["nothing", ""],
    ["no request", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"],
    ["a broken one", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"],
    ["a forged one", `-----BEGIN CERTIFICATE REQUEST-----\n${forged}\n-----END CERTIFICATE REQUEST-----\n`],
    ["one with another kind of key", RSA_REQUEST],
  ])("is undefined for %s", (_name, text) => {
    expect(requestedKey(text)).toBeUndefined();
  });
});
