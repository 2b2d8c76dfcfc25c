import { describe, expect, test } from "bun:test";
import { generateKey, issueCertificate } from "#pki/certificate.ts";
import { NODE_CERTIFICATES, type PerCertificate } from "../join-protocol.ts";
import { hashAuthority, type JoinToken } from "../join-token.ts";
import type { Membership } from "./membership-file.ts";
import { type JoinView, planJoin, usableMembership } from "./plan-join.ts";

const NOW = Date.parse("2026-11-29T12:00:00Z");
const HOUR_MS = 3_600_000;

const key = generateKey();
const authorityOf = (commonName: string, issuerKey = key, issuer = commonName): string =>
  issueCertificate(
    { subject: { commonName }, usage: "authority", notBefore: NOW - HOUR_MS, notAfter: NOW + HOUR_MS },
    key,
    { subject: { commonName: issuer }, key: issuerKey },
  );
const [formerKey, strangersKey] = [generateKey(), generateKey()];
const AUTHORITY = issueCertificate(
  {
    subject: { commonName: "former" },
    usage: "authority",
    notBefore: NOW - HOUR_MS,
    notAfter: NOW + HOUR_MS,
  },
  formerKey,
  { subject: { commonName: "former" }, key: formerKey },
);
/** Another one, and its key certified by the first. */
const ANOTHER = authorityOf("present");
const BRIDGE = authorityOf("present", formerKey, "former");
const FORGED = authorityOf("present", strangersKey, "former");
const certificate = issueCertificate(
  { subject: { commonName: "a" }, usage: "clientAuth", notBefore: NOW - HOUR_MS, notAfter: NOW + HOUR_MS },
  key,
  { subject: { commonName: "ca" }, key },
);
const credential = { certificate, key };

const membership: Membership = {
  nodeName: "n1",
  serverAuthority: AUTHORITY,
  authorityHashes: [hashAuthority(AUTHORITY)],
  clientAuthority: "clients",
  settings: {
    clusterCidr: "10.42.0.0/16",
    serviceCidr: "10.43.0.0/16",
    clusterDns: "10.43.0.10",
    clusterDomain: "cluster.local",
    networkBackend: "vxlan",
  },
  credentials: Object.fromEntries(NODE_CERTIFICATES.map((name) => [name, credential])) as PerCertificate<
    typeof credential
  >,
  issuedAt: NOW - HOUR_MS,
};

function tokenOf(authority: string): JoinToken {
  return { authorityHash: hashAuthority(authority), user: "server", secret: "s3cret" };
}

const view: JoinView = {
  nodeName: "n1",
  url: "https://192.0.2.10:6443",
  token: tokenOf(AUTHORITY),
  known: undefined,
  server: { authority: AUTHORITY, time: NOW },
  now: NOW,
};

/** `ask token`, or what else the step is. */
function summaryOf(change: Partial<JoinView>): string {
  const step = planJoin({ ...view, ...change });
  return step.type === "ask" ? `ask ${step.proofs.map(({ type }) => type).join(" ")}` : step.message;
}

describe("planJoin", () => {
  const bare: JoinToken = { authorityHash: undefined, user: "node", secret: "s3cret" };
  const cases: { name: string; change: Partial<JoinView>; want: string }[] = [
    { name: "asks with the token at first", change: {}, want: "ask token" },
    { name: "trusts whoever answers a token without a hash", change: { token: bare }, want: "ask token" },
    {
      name: "shows its certificate when it has one",
      change: { known: membership },
      want: "ask certificate token",
    },
    {
      name: "needs no token when it has a certificate",
      change: { known: membership, token: undefined },
      want: "ask certificate",
    },
    {
      name: "joins anew where the server has another authority and the token is its",
      change: {
        known: membership,
        token: tokenOf(ANOTHER),
        server: { authority: ANOTHER, time: NOW },
      },
      want: "ask token",
    },
    {
      name: "shows no token to a server that it is not for",
      change: { server: { authority: ANOTHER, time: NOW } },
      want: `Cannot join the cluster: the server https://192.0.2.10:6443 is not the one that the token is from, or its authorities have been replaced since: its authority has the hash ${hashAuthority(ANOTHER)}, the token says ${hashAuthority(AUTHORITY)}; take the present token from that server, or another --server`,
    },
    {
      name: "follows its servers to an authority that the one before vouches for, with the token of that",
      change: { known: membership, server: { authority: `${ANOTHER}${BRIDGE}`, time: NOW } },
      want: "ask certificate token",
    },
    {
      name: "comes back with such a token when its certificates have ended meanwhile",
      change: {
        known: { ...membership, serverAuthority: ANOTHER },
        now: NOW + 2 * HOUR_MS,
        server: { authority: ANOTHER, time: NOW + 2 * HOUR_MS },
      },
      want: "ask token",
    },
    {
      name: "does not follow to one that somebody else vouches for",
      change: { known: membership, server: { authority: `${ANOTHER}${FORGED}`, time: NOW } },
      want: `Cannot join the cluster: the server https://192.0.2.10:6443 is not the one that the token is from, or its authorities have been replaced since: its authority has the hash ${hashAuthority(ANOTHER)}, the token says ${hashAuthority(AUTHORITY)}; take the present token from that server, or another --server`,
    },
    {
      name: "wants a token",
      change: { token: undefined },
      want: 'Cannot join the cluster: a token is needed to join "n1" to the cluster of https://192.0.2.10:6443; give one with --token or --token-file',
    },
    {
      name: "tells of a clock that is behind",
      change: { server: { authority: AUTHORITY, time: NOW + 3.1 * HOUR_MS } },
      want: "Cannot join the cluster: the clock of this host is 3 h 6 min behind that of the server https://192.0.2.10:6443; set both right",
    },
    {
      name: "tells of a clock that is ahead",
      change: { server: { authority: AUTHORITY, time: NOW - 50 * HOUR_MS } },
      want: "Cannot join the cluster: the clock of this host is 2 d 2 h ahead of that of the server https://192.0.2.10:6443; set both right",
    },
    {
      name: "does not mind a clock that is off by less than an hour, nor a server without one",
      change: { server: { authority: AUTHORITY, time: NOW + 0.9 * HOUR_MS } },
      want: "ask token",
    },
    {
      name: "does not mind a server without a clock",
      change: { server: { authority: AUTHORITY, time: NaN } },
      want: "ask token",
    },
  ];

  test.each(cases)("$name", ({ change, want }) => {
    expect(summaryOf(change)).toBe(want);
  });
});

describe("usableMembership", () => {
  const cases: { name: string; change: Partial<JoinView>; isUsable: boolean }[] = [
    { name: "there is one", change: {}, isUsable: true },
    { name: "there is none", change: { known: undefined }, isUsable: false },
    { name: "no token is given", change: { token: undefined }, isUsable: true },
    { name: "it is another node's", change: { nodeName: "n2" }, isUsable: false },
    {
      name: "the token is of another cluster",
      change: { token: tokenOf(ANOTHER) },
      isUsable: false,
    },
    { name: "its certificates have ended", change: { now: NOW + 2 * HOUR_MS }, isUsable: false },
  ];

  test.each(cases)("is $isUsable when $name", ({ change, isUsable }) => {
    expect(usableMembership({ ...view, known: membership, ...change }) !== undefined).toBe(isUsable);
  });
});
