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
  webhook = await startWebhookServer("/authenticate", (review: TokenReview | AdmissionReview, headers) => {
    if (review.kind === "AdmissionReview") {
      callers.push(headers.authorization);
      return { ...review, response: { uid: review.request.uid, allowed: true } };
    }
    asked.push(review);
    return { ...review, status: statusOf(review.spec.token ?? "") };
  });
  const authenticationTokenWebhookConfigFile = join(tmpdir(), `kubelith-webhook-${String(process.pid)}.yaml`);
  await writeFile(authenticationTokenWebhookConfigFile, webhookKubeconfig(webhook));
  const files = await writeAdmissionFiles();
  plane = await startTestControlPlane(
    { authenticationTokenWebhookConfigFile, admissionControlConfigFile: files.admission },
    { ...systemClock, now: () => systemClock.now() + aheadMs },
  );
  await Promise.all([authenticationTokenWebhookConfigFile, ...Object.values(files)].map((file) => rm(file)));
});

afterAll(async () => {
  await plane[Symbol.asyncDispose]();
  await webhook[Symbol.asyncDispose]();
});

interface AdmissionReview {
  readonly kind: "AdmissionReview";
  readonly request: { readonly uid: string };
}

/** Who has called the webhook about what is to be admitted. */
const callers: unknown[] = [];

async function writeAdmissionFiles() {
  const [admission, users] = ["admission", "users"].map((name) =>
    join(tmpdir(), `kubelith-webhook-${name}-${String(process.pid)}.yaml`),
  ) as [string, string];
  const host = new URL(webhook.url).host;
  await writeFile(users, JSON.stringify({ users: [{ name: host, user: { token: "admission" } }] }));
  const type = { apiVersion: "apiserver.config.k8s.io/v1" };
  const configuration = { ...type, kind: "WebhookAdmissionConfiguration", kubeConfigFile: users };
  const plugins = [{ name: "ValidatingAdmissionWebhook", configuration }];
  await writeFile(admission, JSON.stringify({ ...type, kind: "AdmissionConfiguration", plugins }));
  return { admission, users };
}

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

test("a webhook for admission is called as the user that has its name", async () => {
  const { url, caBundle } = webhook;
  await plane.client.create("ValidatingWebhookConfiguration", {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name: "a" },
    webhooks: [
      {
        name: "a.example.com",
        clientConfig: { url, caBundle },
        rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }],
        admissionReviewVersions: ["v1"],
        sideEffects: "None",
      },
    ],
  });
  const metadata = { name: "admitted", namespace: "default" };
  await plane.client.create("ConfigMap", { apiVersion: "v1", kind: "ConfigMap", metadata });
  expect(callers).toContain("Bearer admission");
});
