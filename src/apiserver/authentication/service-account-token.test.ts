import { describe, expect, test } from "bun:test";
import type { KubeObject } from "#apimachinery/meta.ts";
import { generateKey } from "#pki/certificate.ts";
import { ServiceAccountKeys } from "#pki/service-account-keys.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { aNode, aPod, aSecret, aServiceAccount } from "#testing/objects.ts";
import { UNCOUNTED } from "#testing/uncounted-tokens.ts";
import { type BoundIdentity, DEFAULT_LIFETIMES } from "../subresources/token-issuer.ts";
import { serviceAccountIssuer } from "./service-account-issuer.ts";
import { ServiceAccountTokens } from "./service-account-token.ts";

const ISSUER = "https://kubernetes.default.svc.cluster.local";
const AUDIENCES = [ISSUER, "k3s"];
const ID = "a-token";
const HOUR = 3_600_000;

const keys = new ServiceAccountKeys(generateKey());
const issuer = serviceAccountIssuer(
  { issuer: ISSUER, audiences: AUDIENCES, lifetimes: DEFAULT_LIFETIMES },
  keys,
);

const account = aServiceAccount("builder");
const pod = aPod("build");
const secret = aSecret("build");
const node = aNode("worker");

function identityOf(object: KubeObject) {
  const { name, uid } = object.metadata;
  return { name, uid };
}

const identity: BoundIdentity = { namespace: "default", serviceaccount: identityOf(account) };

interface Situation {
  readonly identity?: BoundIdentity;
  readonly audiences?: readonly string[];
  /** When the token is shown, in milliseconds after it was issued. */
  readonly after?: number;
  readonly objects?: readonly KubeObject[];
  /** What is counted and noted. */
  readonly said?: string[];
}

/** Issues a token for an hour and shows it later, when `objects` exist. */
async function show({
  identity: bound = identity,
  audiences = [ISSUER],
  after = 0,
  objects = [account, pod, secret, node],
  said = [],
}: Situation = {}) {
  const clock = new FakeClock();
  const issuedAt = clock.now();
  const token = await issuer.issue(bound, { id: ID, audiences, issuedAt, expiresAt: issuedAt + HOUR });
  await clock.advance(after);
  const notes = {
    annotate: (key: string, value: string) => said.push(`${key}: ${value}`),
    warn: (text: string) => said.push(text),
  };
  return await aReviewer(objects, clock, said).authenticateToken(token, notes);
}

function aReviewer(objects: readonly KubeObject[] = [account], clock = new FakeClock(), said: string[] = []) {
  const find = (kind: string, { namespace, name }: { namespace?: string; name: string }) =>
    objects.find(
      (object) =>
        object.kind === kind && object.metadata.name === name && object.metadata.namespace === namespace,
    );
  return new ServiceAccountTokens(
    { issuers: [ISSUER], audiences: AUDIENCES },
    { keys, objects: { get: find }, count: (use) => said.push(use), cache: UNCOUNTED, clock },
  );
}

function changed<T extends KubeObject>(object: T, metadata: Partial<T["metadata"]>): T {
  return { ...object, metadata: { ...object.metadata, ...metadata } };
}

describe("ServiceAccountTokens", () => {
  test("knows the service account of a token", async () => {
    expect(await show()).toEqual({
      name: "system:serviceaccount:default:builder",
      uid: account.metadata.uid,
      groups: ["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"],
      extra: { "authentication.kubernetes.io/credential-id": [`JTI=${ID}`] },
    });
  });

  test("tells the pod and the node of a pod's token", async () => {
    const user = await show({ identity: { ...identity, pod: identityOf(pod), node: { name: "worker" } } });
    expect(user?.extra).toMatchObject({
      "authentication.kubernetes.io/pod-name": ["build"],
      "authentication.kubernetes.io/pod-uid": [pod.metadata.uid],
      "authentication.kubernetes.io/node-name": ["worker"],
    });
  });

  const EXTENDED: { name: string; warnafter?: number; said: string[] }[] = [
    { name: "one that lives as long as was asked for", said: [] },
    { name: "a longer one in the time that was asked for", warnafter: 60, said: ["valid"] },
    {
      name: "a longer one after that",
      warnafter: 20,
      said: [
        "stale",
        "authentication.k8s.io/stale-token: subject: system:serviceaccount:default:builder, seconds after warning threshold: 10",
      ],
    },
  ];
  test.each(EXTENDED)("notes the age of $name", async ({ warnafter, said: wanted }) => {
    const said: string[] = [];
    const start = new FakeClock().now() / 1000;
    const bound =
      warnafter === undefined ? identity : { ...identity, warnafter: Math.floor(start) + warnafter };
    await show({ identity: bound, after: 30_000, said });
    expect(said).toEqual(wanted);
  });

  const accepted: { name: string; situation: Situation }[] = [
    { name: "an audience among several", situation: { audiences: ["vault", "k3s"] } },
    { name: "a token at the end of the leeway", situation: { after: HOUR + 60_000 } },
    { name: "one bound to a secret", situation: { identity: { ...identity, secret: identityOf(secret) } } },
    { name: "one bound to a node", situation: { identity: { ...identity, node: identityOf(node) } } },
    {
      name: "a pod's token whose node has gone",
      situation: {
        identity: { ...identity, pod: identityOf(pod), node: identityOf(node) },
        objects: [account, pod],
      },
    },
    {
      name: "one whose account is being deleted for less than the leeway",
      situation: {
        after: 60_000,
        objects: [changed(account, { deletionTimestamp: "2026-01-01T00:00:01Z" })],
      },
    },
  ];
  test.each(accepted)("accepts $name", async ({ situation }) => {
    expect((await show(situation))?.name).toBe("system:serviceaccount:default:builder");
  });

  const bound = { ...identity, pod: identityOf(pod) };
  const refused: { name: string; situation: Situation; reason: string }[] = [
    {
      name: "an old token",
      situation: { after: HOUR + 61_000 },
      reason: "service account token has expired",
    },
    {
      name: "a token of the future",
      situation: { after: -61_000 },
      reason: "service account token is not valid yet",
    },
    {
      name: "a token for others",
      situation: { audiences: ["vault", "x"] },
      reason: `token audiences ["vault" "x"] is invalid for the target audiences ["${ISSUER}" "k3s"]`,
    },
    {
      name: "a deleted account",
      situation: { objects: [] },
      reason: 'ServiceAccount "builder" of the token does not exist',
    },
    {
      name: "an account made anew",
      situation: { objects: [changed(account, { uid: "new" })] },
      reason: `ServiceAccount UID (new) does not match claim (${account.metadata.uid})`,
    },
    {
      name: "an account that should have gone",
      situation: {
        after: 62_000,
        objects: [changed(account, { deletionTimestamp: "2026-01-01T00:00:01Z" })],
      },
      reason: 'ServiceAccount "builder" of the token has been deleted',
    },
    {
      name: "a deleted pod",
      situation: { identity: bound, objects: [account] },
      reason: 'Pod "build" of the token does not exist',
    },
    {
      name: "a deleted secret",
      situation: { identity: { ...identity, secret: identityOf(secret) }, objects: [account] },
      reason: 'Secret "build" of the token does not exist',
    },
    {
      name: "a deleted node",
      situation: { identity: { ...identity, node: identityOf(node) }, objects: [account] },
      reason: 'Node "worker" of the token does not exist',
    },
  ];
  test.each(refused)("refuses $name", async ({ situation, reason }) => {
    await expect(show(situation)).rejects.toThrow(reason);
  });

  test("does not know a token of another issuer, or what is no token", async () => {
    const foreign = keys.sign({ iss: "https://elsewhere", sub: "ada" });
    const reviewer = aReviewer();
    const users = await Promise.all(
      [foreign, "abc", "a.b.c"].map((token) => reviewer.authenticateToken(token)),
    );
    expect(users).toEqual([undefined, undefined, undefined]);
  });

  test("refuses a token that claims this cluster's issuer and is signed by another key", async () => {
    const forged = new ServiceAccountKeys(generateKey()).sign({ iss: ISSUER });
    await expect(aReviewer().authenticateToken(forged)).rejects.toThrow("token has an invalid signature");
  });

  test("refuses other things that the key has signed", async () => {
    const token = keys.sign({
      iss: ISSUER,
      sub: "system:serviceaccount:default:builder",
      aud: AUDIENCES,
    });
    await expect(aReviewer().authenticateToken(token)).rejects.toThrow(
      "token has not the claims of a service account",
    );
  });

  test("checks a token anew whenever it is shown", async () => {
    const clock = new FakeClock();
    const objects: KubeObject[] = [account];
    const reviewer = aReviewer(objects, clock);
    const issuedAt = clock.now();
    const options = { id: ID, audiences: [ISSUER], issuedAt, expiresAt: issuedAt + HOUR };
    const token = await issuer.issue(identity, options);
    expect(await reviewer.authenticateToken(token)).toBeDefined();
    objects.pop();
    await expect(reviewer.authenticateToken(token)).rejects.toThrow("does not exist");
  });

  test("reviews a token for the audiences of the asker", async () => {
    const clock = new FakeClock();
    const options = {
      id: ID,
      audiences: ["vault", "k3s"],
      issuedAt: clock.now(),
      expiresAt: clock.now() + HOUR,
    };
    const token = await issuer.issue(identity, options);
    const review = await aReviewer().reviewToken(token, ["vault"]);
    expect(review?.audiences).toEqual(["vault"]);
  });
});
