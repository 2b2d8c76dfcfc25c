import { expect, test } from "bun:test";
import { checkCertificate } from "./check-certificates.ts";
import type { CertificateFacts, CredentialFacts } from "./inspect.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const DAY_MS = 86_400_000;

function facts(
  certificate: Partial<CertificateFacts> = {},
  key: CredentialFacts["key"] = "usable",
): CredentialFacts {
  const good = {
    subject: { commonName: "c" },
    subjectAltNames: [],
    notBefore: NOW - DAY_MS,
    notAfter: NOW + 300 * DAY_MS,
    matchesKey: true,
    isIssuedByAuthority: true,
  };
  return { key, certificate: { ...good, ...certificate } };
}

test.each<[string, CredentialFacts, string | undefined, boolean]>([
  ["a good one", facts(), undefined, true],
  ["one that is due", facts({ notAfter: NOW + 100 * DAY_MS }), "is due to be renewed", true],
  ["one at its end", facts({ notAfter: NOW }), "has expired", false],
  ["one of a clock that was ahead", facts({ notBefore: NOW + DAY_MS }), "is not valid yet", false],
  ["one that is gone", { key: "usable", certificate: "missing" }, "is missing", false],
  ["garbage", { key: "usable", certificate: "damaged" }, "cannot be read", false],
  ["one without its key", facts({}, "missing"), "its key is missing", false],
  ["one with a damaged key", facts({}, "damaged"), "its key cannot be read", false],
  ["one with another's key", facts({ matchesKey: false }), "does not belong to its key", false],
  ["a stranger", facts({ isIssuedByAuthority: false }), "was not issued by client-ca", false],
])("%s", (_case, found, problem, usable) => {
  const checked = checkCertificate({ name: "c", authority: "client-ca" }, found, NOW);
  expect([checked.problem, checked.usable]).toEqual([problem, usable]);
});
