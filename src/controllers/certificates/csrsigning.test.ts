import { describe, expect, test } from "bun:test";
import type {
  CertificateSigningRequest,
  CertificateSigningRequestStatus,
} from "#api/generated/certificates-v1.ts";
import { describePlan } from "#testing/actions.ts";
import { EC_REQUEST, NODE_NAMES_REQUEST, NODE_REQUEST, NODE_SERVING_REQUEST } from "#testing/certificates.ts";
import { planCleaning } from "./csrcleaner.ts";
import { planSigning, type WantedCertificate } from "./csrsigning.ts";

const NOW = new Date("2026-01-01T00:00:00Z");
const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;
const CLIENT = "kubernetes.io/kube-apiserver-client";
const KUBELET_CLIENT = "kubernetes.io/kube-apiserver-client-kubelet";
const SERVING = "kubernetes.io/kubelet-serving";
const CLIENT_USAGES = ["digital signature", "client auth"] as const;
const SERVER_USAGES = ["digital signature", "key encipherment", "server auth"] as const;

function statusOf(...types: readonly string[]): CertificateSigningRequestStatus {
  return {
    conditions: types.map((type) => ({ type, status: "True", lastUpdateTime: "2025-12-31T23:30:00Z" })),
  };
}

interface RequestParts {
  readonly pem?: string;
  readonly signerName?: string;
  readonly usages?: CertificateSigningRequest["spec"]["usages"];
  readonly expirationSeconds?: number;
  readonly status?: CertificateSigningRequestStatus;
}

function aRequest(parts: RequestParts = {}): CertificateSigningRequest {
  const { pem = EC_REQUEST, signerName = CLIENT, usages = CLIENT_USAGES, expirationSeconds } = parts;
  return {
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    metadata: { name: "r", uid: "u", creationTimestamp: "2025-12-31T12:00:00Z" },
    spec: {
      request: btoa(pem),
      signerName,
      usages,
      ...(expirationSeconds !== undefined && { expirationSeconds }),
    },
    status: parts.status ?? statusOf("Approved"),
  };
}

function planFor(parts: RequestParts) {
  const signed: WantedCertificate[] = [];
  const sign = (wanted: WantedCertificate): string => {
    signed.push(wanted);
    return "PEM";
  };
  return {
    plan: describePlan(
      planSigning({ request: aRequest(parts), authority: { sign, lifetimeMs: YEAR_MS }, now: NOW }),
    ),
    signed,
  };
}

const SIGNED = [`status CertificateSigningRequest r Approved=True certificate=${btoa("PEM")}`];

describe("signs", () => {
  test.each<[string, RequestParts, "client" | "server"]>([
    ["a user's certificate", {}, "client"],
    ["a kubelet's certificate as a client", { pem: NODE_REQUEST, signerName: KUBELET_CLIENT }, "client"],
    [
      "a kubelet's certificate as a server",
      { pem: NODE_SERVING_REQUEST, signerName: SERVING, usages: SERVER_USAGES },
      "server",
    ],
    ["what an old client has asked for", { signerName: "kubernetes.io/legacy-unknown" }, "server"],
  ])("%s", (_case, parts, authority) => {
    const { plan, signed } = planFor(parts);
    expect(plan).toEqual(SIGNED);
    expect(signed).toMatchObject([{ authority }]);
  });
});

describe("leaves alone", () => {
  test.each<[string, RequestParts]>([
    ["what nobody has approved", { status: {} }],
    ["what was denied", { status: statusOf("Approved", "Denied") }],
    ["what has failed", { status: statusOf("Approved", "Failed") }],
    ["what has its certificate", { status: { ...statusOf("Approved"), certificate: "eA==" } }],
    ["what somebody else signs", { signerName: "example.com/mine" }],
  ])("%s", (_case, parts) => {
    expect(planFor(parts)).toEqual({ plan: [], signed: [] });
  });
});

describe("says what is wrong with", () => {
  test.each<[string, RequestParts, string]>([
    [
      "a client that wants to be a server",
      { usages: ["client auth", "server auth"] },
      "invalid usage for client certificate: server auth",
    ],
    [
      "a client that does not want to be one",
      { usages: ["digital signature"] },
      "missing required usage for client certificate: client auth",
    ],
    ["a kubelet that is no node", { signerName: KUBELET_CLIENT }, "subject organization is not system:nodes"],
    [
      "a kubelet's client with names of servers",
      { pem: NODE_SERVING_REQUEST, signerName: KUBELET_CLIENT },
      "DNS subjectAltNames are not allowed",
    ],
    [
      "a kubelet's client with other usages",
      { pem: NODE_REQUEST, signerName: KUBELET_CLIENT, usages: SERVER_USAGES },
      "usages did not match [client auth digital signature key encipherment]",
    ],
    [
      "a kubelet's server without names",
      { pem: NODE_REQUEST, signerName: SERVING, usages: SERVER_USAGES },
      "DNS or IP subjectAltName is required",
    ],
    [
      "a kubelet's server with names of other kinds",
      { pem: NODE_NAMES_REQUEST, signerName: SERVING, usages: SERVER_USAGES },
      "Email subjectAltNames are not allowed",
    ],
  ])("%s", (_case, parts, message) => {
    const { signed } = planFor(parts);
    const { actions } = planSigning({
      request: aRequest(parts),
      authority: { sign: () => "", lifetimeMs: YEAR_MS },
      now: NOW,
    });
    expect(signed).toEqual([]);
    expect(actions).toMatchObject([
      {
        type: "updateStatus",
        object: {
          status: {
            conditions: [
              { type: "Approved" },
              { type: "Failed", status: "True", reason: "SignerValidationFailure", message },
            ],
          },
        },
      },
    ]);
  });
});

test.each([
  { asked: undefined, minutes: [-5, 365 * 24 * 60 - 5] },
  { asked: 10 * 365 * 86_400, minutes: [-5, 365 * 24 * 60 - 5] },
  { asked: 600, minutes: [-5, 10] },
  { asked: 86_400, minutes: [-5, 24 * 60 - 5] },
])("a certificate for $asked seconds is valid for the minutes $minutes", ({ asked, minutes }) => {
  const { signed } = planFor(asked === undefined ? {} : { expirationSeconds: asked });
  const [notBefore, notAfter] = minutes.map((minute) => NOW.getTime() + minute * 60_000);
  expect(signed).toMatchObject([{ notBefore, notAfter }]);
});

test.each<[string, CertificateSigningRequestStatus, readonly string[]]>([
  ["a new request for a day", {}, [`requeue ${String(12 * HOUR_MS)}ms`]],
  ["one that is denied for an hour", statusOf("Denied"), [`requeue ${String(HOUR_MS / 2)}ms`]],
  ["one that is approved until it is signed", statusOf("Approved"), []],
  [
    "one that is signed for an hour",
    { ...statusOf("Approved"), certificate: "eA==" },
    [`requeue ${String(HOUR_MS / 2)}ms`],
  ],
])("keeps %s", (_case, status, expected) => {
  expect(describePlan(planCleaning({ request: aRequest({ status }), now: NOW }))).toEqual(expected);
});

test.each<[string, CertificateSigningRequestStatus]>([
  ["denied", statusOf("Denied")],
  ["failed", statusOf("Approved", "Failed")],
  ["signed", { ...statusOf("Approved"), certificate: "eA==" }],
  ["never decided", {}],
])("removes what was %s long ago", (_case, status) => {
  const now = new Date("2026-01-02T12:00:00Z");
  const plan = describePlan(planCleaning({ request: aRequest({ status }), now }));
  expect(plan).toEqual(["delete CertificateSigningRequest r"]);
});
