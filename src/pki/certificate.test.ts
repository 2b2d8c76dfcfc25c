import { describe, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { generateKey, issueCertificate } from "./certificate.ts";

const NOT_BEFORE = Date.parse("2026-01-01T00:00:00Z");
const NOT_AFTER = Date.parse("2060-01-01T00:00:00Z");

const authoritySubject = { commonName: "kubelith-server-ca@1" };
const authorityKey = generateKey();
const issuer = { subject: authoritySubject, key: authorityKey };
const validity = { notBefore: NOT_BEFORE, notAfter: NOT_AFTER };
const authority = new X509Certificate(
  issueCertificate({ subject: authoritySubject, usage: "authority", ...validity }, authorityKey, issuer),
);

describe("issueCertificate", () => {
  test("makes a root that signs itself", () => {
    expect(authority.ca).toBe(true);
    expect(authority.checkIssued(authority)).toBe(true);
    expect(authority.verify(authority.publicKey)).toBe(true);
  });

  test("makes a serving certificate with names, addresses and usage", () => {
    const key = generateKey();
    const subjectAltNames = ["localhost", "10.43.0.1", "fd00::1"];
    const pem = issueCertificate(
      { subject: { commonName: "kube-apiserver" }, usage: "serverAuth", subjectAltNames, ...validity },
      key,
      issuer,
    );
    const certificate = new X509Certificate(pem);
    expect(certificate.subjectAltName).toBe(
      "DNS:localhost, IP Address:10.43.0.1, IP Address:FD00:0:0:0:0:0:0:1",
    );
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(certificate.ca).toBe(false);
    expect(certificate.checkIssued(authority)).toBe(true);
    expect(certificate.verify(authority.publicKey)).toBe(true);
    expect(Date.parse(certificate.validFrom)).toBe(NOT_BEFORE);
    expect(Date.parse(certificate.validTo)).toBe(NOT_AFTER);
  });

  test("carries user and groups of a client certificate", () => {
    const subject = { commonName: "system:node:höst", organizations: ["system:nodes", "other"] };
    const pem = issueCertificate({ subject, usage: "clientAuth", ...validity }, generateKey(), issuer);
    const parsed = new X509Certificate(pem).toLegacyObject().subject as unknown;
    expect(parsed).toMatchObject({ CN: "system:node:höst", O: ["system:nodes", "other"] });
  });

  test("gives every certificate its own serial number", () => {
    const serials = Array.from({ length: 50 }, () => {
      const template = { subject: { commonName: "a" }, usage: "clientAuth", ...validity } as const;
      return new X509Certificate(issueCertificate(template, authorityKey, issuer)).serialNumber;
    });
    expect(new Set(serials).size).toBe(50);
    expect(serials.filter((serial) => serial.length !== 32)).toEqual([]);
  });
});
