import { describe, expect, test } from "bun:test";
import { createPublicKey } from "node:crypto";
import { SignJWT, UnsecuredJWT } from "jose";
import type { Secret, ServiceAccount } from "#api/generated/core-v1.ts";
import { generateKey } from "#pki/certificate.ts";
import { ServiceAccountKeys } from "#pki/service-account-keys.ts";
import { aSecret, aServiceAccount } from "#testing/objects.ts";
import { issueLegacyToken, LegacyServiceAccountTokens } from "./legacy-service-account-token.ts";
import type { LegacyTokenUse } from "./legacy-token-usage.ts";

const pem = generateKey();
const keys = new ServiceAccountKeys(pem);
const account = aServiceAccount("ci", { uid: "u1" });
const token = issueLegacyToken(account, aSecret("ci-token"), keys);
const secret = holding(token);
const payload = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as object;

function holding(text: string, metadata: Partial<Secret["metadata"]> = {}): Secret {
  const made = aSecret("ci-token", { data: { token: btoa(text) } });
  return { ...made, metadata: { ...made.metadata, ...metadata } };
}

interface Situation {
  readonly shown?: string;
  readonly audiences?: readonly string[];
  readonly secret?: Secret | undefined;
  readonly account?: ServiceAccount | undefined;
  /** What is noted. */
  readonly uses?: LegacyTokenUse[];
}

async function show(situation: Situation) {
  const found = {
    Secret: secret as Secret | undefined,
    ServiceAccount: account as ServiceAccount | undefined,
  };
  if ("secret" in situation) found.Secret = situation.secret;
  if ("account" in situation) found.ServiceAccount = situation.account;
  const objects = { get: (kind: keyof typeof found) => found[kind] as never };
  const usage = { note: (_secret: Secret, use: LegacyTokenUse) => situation.uses?.push(use) };
  const tokens = new LegacyServiceAccountTokens({ audiences: ["api"] }, { keys, objects, usage });
  return await tokens.reviewToken(situation.shown ?? token, situation.audiences ?? ["api", "vault"]);
}

describe("LegacyServiceAccountTokens", () => {
  test("says what Kubernetes' tokens say", () => {
    expect(payload).toEqual({
      iss: "kubernetes/serviceaccount",
      "kubernetes.io/serviceaccount/namespace": "default",
      "kubernetes.io/serviceaccount/secret.name": "ci-token",
      "kubernetes.io/serviceaccount/service-account.name": "ci",
      "kubernetes.io/serviceaccount/service-account.uid": "u1",
      sub: "system:serviceaccount:default:ci",
    });
  });

  test("knows the account, for the API server alone", async () => {
    expect(await show({})).toEqual({
      user: {
        name: "system:serviceaccount:default:ci",
        uid: "u1",
        groups: ["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"],
      },
      audiences: ["api"],
    });
  });

  test("notes each use, and whether the Secret was made for the account", async () => {
    const uses: LegacyTokenUse[] = [];
    await show({ uses });
    await show({ uses, account: { ...account, secrets: [{ name: "ci-token" }] } });
    const labels = { "kubernetes.io/legacy-token-invalid-since": "2026-01-01" };
    await expect(show({ uses, secret: holding(token, { labels }) })).rejects.toThrow();
    await expect(show({ uses, secret: holding("other") })).rejects.toThrow();
    expect(uses).toEqual(["manual", "auto", "invalid"]);
  });

  const refused: { name: string; situation: Situation; reason: string }[] = [
    {
      name: "for others",
      situation: { audiences: ["vault"] },
      reason: 'token audiences ["api"] is invalid for the target audiences ["vault"]',
    },
    {
      name: "whose Secret has gone",
      situation: { secret: undefined },
      reason: "service account token has been invalidated",
    },
    {
      name: "whose Secret is going",
      situation: { secret: holding(token, { deletionTimestamp: "2026-01-01T00:00:00Z" }) },
      reason: "service account token has been invalidated",
    },
    {
      name: "whose Secret holds another",
      situation: { secret: holding("other") },
      reason: "service account token does not match server's copy",
    },
    {
      name: "that was marked invalid",
      situation: {
        secret: holding(token, { labels: { "kubernetes.io/legacy-token-invalid-since": "2026-01-01" } }),
      },
      reason: "has been marked invalid",
    },
    {
      name: "whose account has gone",
      situation: { account: undefined },
      reason: 'serviceaccounts "ci" not found',
    },
    {
      name: "whose account was made anew",
      situation: { account: aServiceAccount("ci", { uid: "u2" }) },
      reason: "service account UID (u2) does not match claim (u1)",
    },
  ];
  test.each(refused)("refuses a token $name", async ({ situation, reason }) => {
    await expect(show(situation)).rejects.toThrow(reason);
  });

  const forged: { name: string; forge: () => string | Promise<string> }[] = [
    {
      name: "signed by another key",
      forge: () => new ServiceAccountKeys(generateKey()).sign({ ...payload }),
    },
    { name: "without a signature", forge: () => new UnsecuredJWT({ ...payload }).encode() },
    {
      name: "signed with the public key as a shared secret",
      forge: () => {
        const shared = createPublicKey(pem).export({ type: "spki", format: "pem" });
        return new SignJWT({ ...payload })
          .setProtectedHeader({ alg: "HS256" })
          .sign(new TextEncoder().encode(shared as string));
      },
    },
  ];
  test.each(forged)("refuses one $name, even if the Secret holds it", async ({ forge }) => {
    const shown = await forge();
    await expect(show({ shown, secret: holding(shown) })).rejects.toThrow("token has an invalid signature");
  });

  test("refuses one whose claims disagree", async () => {
    const shown = keys.sign({ ...payload, sub: "system:serviceaccount:kube-system:ci" });
    await expect(show({ shown, secret: holding(shown) })).rejects.toThrow("sub claim is invalid");
  });

  test("does not know others' tokens", async () => {
    expect(await show({ shown: keys.sign({ iss: "https://elsewhere" }) })).toBeUndefined();
    expect(await show({ shown: "abc" })).toBeUndefined();
  });
});
