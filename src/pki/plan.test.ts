import { describe, expect, test } from "bun:test";
import type { CertificateFacts, CredentialFacts } from "./inspect.ts";
import { type PkiStep, type PkiView, planPki } from "./plan.ts";
import type { WantedCertificate } from "./wanted.ts";

const DAY = 24 * 60 * 60 * 1000;
const now = Date.parse("2026-01-01T00:00:00Z");

const admin: WantedCertificate = {
  name: "client-admin",
  authority: "client-ca",
  usage: "clientAuth",
  subject: { commonName: "system:admin", organizations: ["system:masters"] },
};
const serving: WantedCertificate = {
  name: "serving-kube-apiserver",
  authority: "server-ca",
  usage: "serverAuth",
  subject: { commonName: "kube-apiserver" },
  subjectAltNames: ["Localhost", "127.0.0.1"],
};
const nothing: CredentialFacts = { key: "missing", certificate: "missing" };

function found(
  facts: Partial<CertificateFacts> = {},
  key: CredentialFacts["key"] = "usable",
): CredentialFacts {
  const certificate: CertificateFacts = {
    subject: { commonName: "ca", organizations: [] },
    subjectAltNames: [],
    notBefore: now - DAY,
    notAfter: now + 3000 * DAY,
    matchesKey: true,
    isIssuedByAuthority: true,
    ...facts,
  };
  return { key, certificate };
}

const adminFound = { subject: { commonName: "system:admin", organizations: ["system:masters"] } };
const servingFound = {
  subject: { commonName: "kube-apiserver", organizations: [] },
  subjectAltNames: ["127.0.0.1", "localhost"],
};

function view(changes: {
  authorities?: Partial<PkiView["authorities"]>;
  certificates?: PkiView["certificates"];
  time?: PkiView["time"];
}): PkiView {
  return {
    authorities: {
      "server-ca": found(),
      "client-ca": found(),
      "request-header-ca": found(),
      ...changes.authorities,
    },
    certificates: {
      "client-admin": found(adminFound),
      "serving-kube-apiserver": found(servingFound),
      ...changes.certificates,
    },
    wanted: [admin, serving],
    time: changes.time ?? { now, isBehind: false },
  };
}

describe("planPki", () => {
  const cases: { name: string; view: PkiView; want: string[] }[] = [
    { name: "leaves a working PKI alone", view: view({}), want: [] },
    {
      name: "makes everything in an empty directory, authorities first",
      view: {
        authorities: { "server-ca": nothing, "client-ca": nothing, "request-header-ca": nothing },
        certificates: {},
        wanted: [admin, serving],
        time: { now, isBehind: false },
      },
      want: [
        "server-ca create key: missing",
        "client-ca create key: missing",
        "request-header-ca create key: missing",
        "client-admin: missing",
        "serving-kube-apiserver: missing",
      ],
    },
    {
      name: "finishes an authority whose key was written and whose certificate was not",
      view: view({ authorities: { "client-ca": { key: "usable", certificate: "missing" } } }),
      want: ["client-ca keep key: missing"],
    },
    {
      name: "replaces an authority with a damaged key, and what it issued",
      view: view({ authorities: { "client-ca": found({}, "damaged") } }),
      want: ["client-ca create key: damaged", "client-admin: authority changed"],
    },
    {
      name: "trusts an authority whose key is kept elsewhere",
      view: view({ authorities: { "client-ca": found({ notAfter: now + DAY }, "missing") } }),
      want: [],
    },
    {
      name: "renews an authority in its last year under its key and name",
      view: view({ authorities: { "server-ca": found({ notAfter: now + 364 * DAY }) } }),
      want: ["server-ca keep key as ca: expires soon"],
    },
    {
      name: "certifies the new key of an authority whose certificate is still the old one",
      view: view({ authorities: { "server-ca": found({ matchesKey: false }) } }),
      want: ["server-ca keep key: damaged"],
    },
    {
      name: "renews a certificate 120 days before its end",
      view: view({ certificates: { "client-admin": found({ ...adminFound, notAfter: now + 119 * DAY }) } }),
      want: ["client-admin: expires soon"],
    },
    {
      name: "issues anew what a clock that was ahead has made, authorities under their keys",
      view: view({
        authorities: { "client-ca": found({ notBefore: now + DAY }) },
        certificates: { "client-admin": found({ ...adminFound, notBefore: now + DAY }) },
      }),
      want: ["client-ca keep key as ca: not valid yet", "client-admin: not valid yet"],
    },
    {
      name: "leaves what is valid later alone while the clock is behind",
      view: view({
        certificates: { "client-admin": found({ ...adminFound, notBefore: now + DAY }) },
        time: { now, isBehind: true },
      }),
      want: [],
    },
    {
      name: "replaces a certificate that does not fit its key",
      view: view({ certificates: { "client-admin": found({ ...adminFound, matchesKey: false }) } }),
      want: ["client-admin: damaged"],
    },
    {
      name: "replaces a certificate without a key",
      view: view({ certificates: { "client-admin": found(adminFound, "missing") } }),
      want: ["client-admin: missing"],
    },
    {
      name: "replaces a certificate of another authority",
      view: view({ certificates: { "client-admin": found({ ...adminFound, isIssuedByAuthority: false }) } }),
      want: ["client-admin: authority changed"],
    },
    {
      name: "follows a changed name of the host",
      view: view({
        certificates: {
          "serving-kube-apiserver": found({ ...servingFound, subjectAltNames: ["localhost"] }),
        },
      }),
      want: ["serving-kube-apiserver: names changed"],
    },
    {
      name: "follows a changed subject",
      view: view({
        certificates: {
          "client-admin": found({ subject: { commonName: "system:admin", organizations: [] } }),
        },
      }),
      want: ["client-admin: subject changed"],
    },
  ];
  test.each(cases)("$name", ({ view: given, want }) => {
    expect(planPki(given).map(describeStep)).toEqual(want);
  });
});

function describeStep(step: PkiStep): string {
  if (step.type === "issueCertificate") return `${step.want.name}: ${step.reason}`;
  const subject = step.subject === undefined ? "" : ` as ${step.subject.commonName}`;
  return `${step.name} ${step.key} key${subject}: ${step.reason}`;
}
