/** `--authorization-config`: who may do what as webhooks say, of which conditions say what they are asked. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SubjectAccessReview } from "#api/generated/authorization-v1.ts";
import { Kubectl } from "../integration/front/kubectl.ts";
import { startTestControlPlane, type TestControlPlane } from "./control-plane.ts";
import { startWebhookServer, type WebhookServer } from "./webhook-server.ts";

const USERS = ["abe", "ada", "bob", "eve", "mal", "zoe"];

/** What Abe may do besides what webhooks and roles say. */
const POLICIES = `# Policies of ABAC
{"apiVersion":"abac.authorization.kubernetes.io/v1beta1","kind":"Policy","spec":{"user":"abe","namespace":"default","resource":"pods","readonly":true}}
`;

/** What the webhook was asked. */
const asked: SubjectAccessReview[] = [];
let webhook: WebhookServer;
let plane: TestControlPlane;
let directory: string;

beforeAll(async () => {
  webhook = await startWebhookServer("/authorize", (review: SubjectAccessReview) => {
    asked.push(review);
    return answerTo(review);
  });
  directory = await mkdtemp(join(tmpdir(), "kubelith-authorization-webhook-"));
  const file = (name: string) => join(directory, name);
  await writeFile(file("webhook"), kubeconfigOf(webhook));
  await writeFile(file("tokens"), USERS.map((name) => `${name},${name},${name},dev\n`).join(""));
  await writeFile(file("policies"), POLICIES);
  await writeFile(file("authorizers"), JSON.stringify(configuration(file("webhook"))));
  plane = await startTestControlPlane({
    authorizationConfig: file("authorizers"),
    authorizationPolicyFile: file("policies"),
    tokenAuthFile: file("tokens"),
  });
});

afterAll(async () => {
  await plane[Symbol.asyncDispose]();
  await webhook[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

function configuration(kubeConfigFile: string): object {
  const aWebhook = (name: string, failurePolicy: string, ...expressions: string[]) => ({
    type: "Webhook",
    name,
    webhook: {
      timeout: "5s",
      failurePolicy,
      subjectAccessReviewVersion: "v1",
      matchConditionSubjectAccessReviewVersion: "v1",
      connectionInfo: { type: "KubeConfigFile", kubeConfigFile },
      matchConditions: expressions.map((expression) => ({ expression })),
    },
  });
  return {
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "AuthorizationConfiguration",
    authorizers: [
      { type: "Node", name: "node" },
      aWebhook("strict", "Deny", "request.user == 'mal'"),
      aWebhook("people", "NoOpinion", "!request.user.startsWith('system:')", "request.user != 'mal'"),
      { type: "ABAC", name: "abac" },
      { type: "RBAC", name: "rbac" },
    ],
  };
}

function kubeconfigOf({ url, caBundle }: WebhookServer): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "w", cluster: { server: url, "certificate-authority-data": caBundle } }],
    contexts: [{ name: "w", context: { cluster: "w" } }],
    "current-context": "w",
  });
}

/** Ada may read, Bob may do nothing, about Eve and Mal the webhook makes no sense, and it knows nobody else. */
function answerTo(review: SubjectAccessReview): object {
  const { user, resourceAttributes: { verb = "" } = {} } = review.spec;
  if (user === "ada" && verb === "list") return { ...review, status: { allowed: true, reason: "a reader" } };
  if (user === "bob") return { ...review, status: { allowed: false, denied: true, reason: "on leave" } };
  if (user === "eve" || user === "mal") return { kind: "Nonsense" };
  return { ...review, status: { allowed: false } };
}

async function request(user: string, path: string): Promise<{ code: number; message?: string }> {
  const answer = await fetch(`${plane.url}${path}`, {
    headers: { authorization: `Bearer ${user}` },
    tls: { ca: plane.api.pki.authorities["server-ca"] },
  });
  const { message } = (await answer.json()) as { message?: string };
  return { code: answer.status, ...(message !== undefined && { message }) };
}

describe("a webhook that authorizes", () => {
  test("is asked what is wanted, and once as long as its answer is good", async () => {
    const path =
      "/api/v1/namespaces/default/pods?fieldSelector=spec.nodeName%3Dn1&labelSelector=app%20in%20(a,b),!old";
    expect([(await request("ada", path)).code, (await request("ada", path)).code]).toEqual([200, 200]);
    expect(asked as unknown[]).toEqual([
      {
        kind: "SubjectAccessReview",
        apiVersion: "authorization.k8s.io/v1",
        metadata: {},
        spec: {
          user: "ada",
          uid: "ada",
          groups: ["dev", "system:authenticated"],
          resourceAttributes: {
            namespace: "default",
            verb: "list",
            version: "v1",
            resource: "pods",
            fieldSelector: { requirements: [{ key: "spec.nodeName", operator: "In", values: ["n1"] }] },
            labelSelector: {
              requirements: [
                { key: "app", operator: "In", values: ["a", "b"] },
                { key: "old", operator: "DoesNotExist" },
              ],
            },
          },
        },
        status: { allowed: false },
      },
    ]);
  });

  const forbidden = (user: string, verb: string) =>
    `pods is forbidden: User "${user}" cannot ${verb} resource "pods" in API group "" in the namespace "default"`;
  const cases: { name: string; user: string; path: string; answer: object }[] = [
    {
      name: "denies, with its reason",
      user: "bob",
      path: "/api/v1/namespaces/default/pods",
      answer: { code: 403, message: `${forbidden("bob", "list")}: on leave` },
    },
    {
      name: "denies what roles would allow",
      user: "bob",
      path: "/api",
      answer: { code: 403, message: 'forbidden: User "bob" cannot get path "/api": on leave' },
    },
    { name: "leaves to roles what it does not know", user: "zoe", path: "/api", answer: { code: 200 } },
    {
      name: "leaves to policies what it does not know",
      user: "abe",
      path: "/api/v1/namespaces/default/pods",
      answer: { code: 200 },
    },
    {
      name: "and is nobody's permission then",
      user: "zoe",
      path: "/api/v1/namespaces/default/pods",
      answer: { code: 403, message: `${forbidden("zoe", "list")}: No policy matched.` },
    },
    { name: "that fails leaves everything to roles", user: "eve", path: "/api", answer: { code: 200 } },
    {
      name: "that fails is why nobody can say",
      user: "eve",
      path: "/api/v1/namespaces/default/pods",
      answer: {
        code: 500,
        message:
          "Internal error occurred: expected authorization.k8s.io/v1 SubjectAccessReview, got authorization.k8s.io/v1 Nonsense",
      },
    },
    {
      name: "that fails denies where that is wanted",
      user: "mal",
      path: "/api",
      answer: {
        code: 500,
        message:
          "Internal error occurred: expected authorization.k8s.io/v1 SubjectAccessReview, got authorization.k8s.io/v1 Nonsense",
      },
    },
  ];
  test.each(cases)("$name", async ({ user, path, answer }) => {
    expect(await request(user, path)).toMatchObject(answer);
  });

  test("is asked only what its conditions say", () => {
    expect([...new Set(asked.map(({ spec }) => spec.user ?? ""))].toSorted()).toEqual(USERS);
  });

  test("keeps no administrator out, and no node", async () => {
    const kubectl = new Kubectl("kubectl", { kubeconfig: plane.kubeconfig, home: directory });
    expect(await kubectl.run("auth", "can-i", "*", "*", "--all-namespaces")).toBe("yes\n");
    const own = ["auth", "can-i", "get", "leases/n1", "-n", "kube-node-lease", "--as-group=system:nodes"];
    expect(await kubectl.run(...own, "--as=system:node:n1")).toBe("yes\n");
  });

  test("lists no rules, and kubectl says so", async () => {
    const kubectl = new Kubectl("kubectl", { kubeconfig: plane.kubeconfig, home: directory });
    const { stdout, stderr } = await kubectl.try("", "auth", "can-i", "--list", "--as=zoe");
    expect(stderr).toContain(
      "Warning: the list may be incomplete: webhook authorizer does not support user rule resolution",
    );
    expect(stdout).toMatch(/^selfsubjectreviews\.authentication\.k8s\.io +\[\] +\[\] +\[create\]$/m);
  });

  test("is counted", async () => {
    const kubectl = new Kubectl("kubectl", { kubeconfig: plane.kubeconfig, home: directory });
    const text = await kubectl.run("get", "--raw", "/metrics");
    for (const line of [
      'decisions_total{type="Webhook",name="people",decision="denied"} 2',
      'decisions_total{type="Webhook",name="people",decision="allowed"} 2',
      'decisions_total{type="Webhook",name="strict",decision="denied"} 1',
      'webhook_evaluations_total{name="people",result="error"} 2',
      'webhook_evaluations_fail_open_total{name="people",result="error"} 2',
    ]) {
      expect(text).toContain(`apiserver_authorization_${line}\n`);
    }
  });
});
