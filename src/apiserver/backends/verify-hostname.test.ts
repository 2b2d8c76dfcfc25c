import { describe, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { generateKey, issueCertificate } from "#pki/certificate.ts";
import { verifyHostname } from "./verify-hostname.ts";

const key = generateKey();

function certificateOf(commonName: string, subjectAltNames: readonly string[]): Uint8Array {
  const template = { usage: "serverAuth", notBefore: 0, notAfter: 1e12 } as const;
  const subject = { commonName };
  return new X509Certificate(
    issueCertificate({ ...template, subject, subjectAltNames }, key, { subject, key }),
  ).raw;
}

describe("verifyHostname", () => {
  const cases = [
    ["a name", "web.default.svc", ["other.default.svc", "web.default.svc"], undefined],
    ["an address", "10.0.0.1", ["10.0.0.1"], undefined],
    ["an IPv6 address", "fd00::1", ["fd00:0::1"], undefined],
    ["a wildcard", "web.default.svc", ["*.default.svc"], undefined],
    [
      "another name",
      "web.default.svc",
      ["a.default.svc", "10.0.0.1", "b.default.svc"],
      "certificate is valid for a.default.svc, b.default.svc, not web.default.svc",
    ],
    ["another address", "10.0.0.2", ["10.0.0.1"], "certificate is valid for 10.0.0.1, not 10.0.0.2"],
    [
      "names for an address",
      "10.0.0.1",
      ["web.default.svc"],
      "cannot validate certificate for 10.0.0.1 because it doesn't contain any IP SANs",
    ],
    [
      "addresses for a name",
      "web.default.svc",
      ["10.0.0.1"],
      "certificate is not valid for any names, but wanted to match web.default.svc",
    ],
    [
      "no names",
      "other.default.svc",
      [],
      "certificate is not valid for any names, but wanted to match other.default.svc",
    ],
    [
      "a common name alone",
      "web.default.svc",
      [],
      "certificate relies on legacy Common Name field, use SANs instead",
    ],
  ] as const;

  test.each(cases)("judges %s", (_name, host, names, problem) => {
    const expected = problem && `tls: failed to verify certificate: x509: ${problem}`;
    expect(verifyHostname(host, certificateOf("web.default.svc", names))?.message).toBe(expected as string);
  });
});
