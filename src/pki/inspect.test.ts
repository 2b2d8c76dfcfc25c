import { expect, test } from "bun:test";
import { createPublicKey } from "node:crypto";
import { generateKey, issueCertificate } from "./certificate.ts";
import { inspectCredential } from "./inspect.ts";

test("a certificate with a key that nobody can use is damaged", () => {
  const key = generateKey();
  const subject = { commonName: "ca" };
  const validity = {
    notBefore: Date.parse("2026-01-01T00:00:00Z"),
    notAfter: Date.parse("2060-01-01T00:00:00Z"),
  };
  const pem = issueCertificate({ subject, usage: "authority", ...validity }, key, { subject, key });
  const broken = withOtherPoint(pem, key);
  expect(inspectCredential({ certificate: pem, key }, pem).certificate).toMatchObject({ matchesKey: true });
  expect(inspectCredential({ certificate: broken, key }, pem).certificate).toBe("damaged");
  expect(inspectCredential({ certificate: pem, key }, broken).certificate).toMatchObject({
    isIssuedByAuthority: false,
  });
});

/** The point of the public key is no longer one of the curve. */
function withOtherPoint(pem: string, key: string): string {
  const bytes = Buffer.from(pem.replace(/-----[^-]+-----/g, ""), "base64");
  const point = createPublicKey(key).export({ type: "spki", format: "der" }).subarray(-64);
  bytes.fill(1, bytes.indexOf(point), bytes.indexOf(point) + point.length);
  return `-----BEGIN CERTIFICATE-----\n${bytes.toString("base64")}\n-----END CERTIFICATE-----\n`;
}
