import { expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { generateKey, issueCertificate } from "#pki/certificate.ts";
import { aSecret } from "#testing/objects.ts";
import { tlsWarnings } from "./tls-warnings.ts";

const SUBJECT = { commonName: "web" };
const key = generateKey();
const certificate = issueCertificate(
  { subject: SUBJECT, usage: "serverAuth", notBefore: 0, notAfter: 1 },
  key,
  { subject: SUBJECT, key },
);
const pkcs8 = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }) as string;
const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
const parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";

const cases: readonly [name: string, certificate: string, key: string, warning: string][] = [
  ["a pair", certificate, key, ""],
  ["a pair with other blocks before them", parameters + certificate, parameters + key, ""],
  ["nothing", "", "", "tls: failed to find any PEM data in certificate input"],
  ["no key", certificate, "x", "tls: failed to find any PEM data in key input"],
  [
    "switched ones",
    key,
    certificate,
    "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched",
  ],
  [
    "other blocks",
    parameters,
    key,
    'tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [EC PARAMETERS]',
  ],
  [
    "a certificate twice",
    certificate,
    certificate,
    "tls: found a certificate rather than a key in the PEM for the private key",
  ],
  [
    "no key among the blocks",
    certificate,
    parameters + certificate,
    'tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [EC PARAMETERS CERTIFICATE]',
  ],
  ["no certificate in the block", broken, key, "x509: malformed certificate"],
  [
    "no key in the block",
    certificate,
    broken.replaceAll("CERTIFICATE", "PRIVATE KEY"),
    "tls: failed to parse private key",
  ],
  ["another key", certificate, generateKey(), "tls: private key does not match public key"],
  ["a key of another kind", certificate, pkcs8, "tls: private key type does not match public key type"],
];

test.each(cases)("a secret with %s", (_name, crt, pem, warning) => {
  const data = { "tls.crt": btoa(crt), "tls.key": btoa(pem) };
  const want = warning === "" ? [] : [warning];
  expect(tlsWarnings(aSecret("web", { type: "kubernetes.io/tls", data }))).toEqual(want);
});

test("other secrets are not looked into", () => {
  expect(tlsWarnings(aSecret("web"))).toEqual([]);
});
