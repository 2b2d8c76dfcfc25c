/** Tokens that a webhook knows, which a kubeconfig file says how to reach. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TokenReview } from "#api/generated/authentication-v1.ts";
import { systemClock } from "#base/clock.ts";
import { startTestControlPlane, type TestControlPlane } from "./control-plane.ts";
import { startWebhookServer, type WebhookServer, webhookKubeconfig } from "./webhook-server.ts";

const AUDIENCE = "https://kubernetes.default.svc.cluster.local";
const asked: unknown[] = [];
let aheadMs = 0;
let webhook: WebhookServer;
let plane: TestControlPlane;

beforeAll(async () => {
  webhook = await startWebhookServer("/authenticate", (review: TokenReview) => {
    asked.push(review);
    return { ...review, status: statusOf(review.spec.token ?? "") };
  });
  const authenticationTokenWebhookConfigFile = join(tmpdir(), `kubelith-webhook-${String(process.pid)}.yaml`);
  await writeFile(authenticationTokenWebhookConfigFile, webhookKubeconfig(webhook));
  plane = await startTestControlPlane(
    { authenticationTokenWebhookConfigFile },
    { ...systemClock, now: () => systemClock.now() + aheadMs },
  );
  await rm(authenticationTokenWebhookConfigFile);
});

afterAll(async () => {
  await plane[Symbol.asyncDispose]();
  await webhook[Symbol.asyncDispose]();
});

function statusOf(token: string) {
  const user = { username: "ada", uid: "7", groups: ["dev"], extra: { "example.com/team": ["a"] } };
  switch (token) {
    case "good":
      return { authenticated: true, user };
    case "for-vault":
      return { authenticated: true, user, audiences: ["vault"] };
    case "bad":
      return { error: "the token was taken back" };
    default:
      return { authenticated: false };
  }
}

async function post(path: string, body: object, token?: string) {
  const answer = await fetch(`${plane.url}/apis/authentication.k8s.io/v1/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
    tls: { ca: plane.api.pki.authorities["server-ca"] },
  });
  return { code: answer.status, body: (await answer.json()) as { status?: { userInfo?: unknown } } };
}

async function whoIs(token: string): Promise<unknown> {
  const { code, body } = await post("selfsubjectreviews", {}, token);
  return code === 201 ? body.status?.userInfo : code;
}

describe("a webhook for tokens", () => {
  test("is asked whose a token is, once in two minutes", async () => {
    const ada = {
      username: "ada",
      uid: "7",
      groups: ["dev", "system:authenticated"],
      extra: { "example.com/team": ["a"] },
    };
    expect([await whoIs("good"), await whoIs("good")]).toEqual([ada, ada]);
    expect(asked).toEqual([
      {
        kind: "TokenReview",
        apiVersion: "authentication.k8s.io/v1",
        metadata: {},
        spec: { token: "good", audiences: [AUDIENCE] },
        status: { user: {} },
      },
    ]);
    aheadMs = 121_000;
    await whoIs("good");
    expect(asked).toHaveLength(2);
  });

  test.each(["bad", "unknown", "for-vault"])("lets nobody in with the token %s", async (token) => {
    expect(await whoIs(token)).toBe(401);
  });
});
