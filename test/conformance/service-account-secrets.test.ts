/** Secrets of type kubernetes.io/service-account-token, from which CI systems get their kubeconfigs. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Kubectl, newestKubectl } from "../integration/front/kubectl.ts";
import { until } from "../integration/until.ts";
import { startTestControlPlane, type TestControlPlane } from "./control-plane.ts";

let plane: TestControlPlane;
let kubectl: Kubectl;

beforeAll(async () => {
  plane = await startTestControlPlane();
  kubectl = newestKubectl(plane);
});

afterAll(async () => {
  await plane[Symbol.asyncDispose]();
});

async function tokenIn(secret: string): Promise<string> {
  const manifest = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: secret, annotations: { "kubernetes.io/service-account.name": "ci" } },
    type: "kubernetes.io/service-account-token",
  };
  await kubectl.pipe(JSON.stringify(manifest), "create", "-f-");
  await kubectl.run("wait", `secret/${secret}`, "--for=jsonpath={.data.token}", "--timeout=30s");
  const text = await kubectl.run("get", "secret", secret, "-o", "jsonpath={.data.token}");
  return Buffer.from(text, "base64").toString();
}

/** Who the server takes the bearer of the token for; its refusal otherwise. */
async function whoIs(token: string): Promise<string> {
  const tls = { ca: plane.api.pki.authorities["server-ca"] };
  const answer = await fetch(`${plane.url}/apis/authentication.k8s.io/v1/selfsubjectreviews`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: "{}",
    tls,
  });
  const body = (await answer.json()) as { status?: { userInfo?: { username: string } }; message?: string };
  return body.status?.userInfo?.username ?? body.message ?? "";
}

test("a Secret is filled with a token of its account, which is good until the Secret goes", async () => {
  await kubectl.run("create", "serviceaccount", "ci");
  const token = await tokenIn("ci-token");
  expect(await whoIs(token)).toBe("system:serviceaccount:default:ci");
  expect(await kubectl.run("get", "secret", "ci-token", "-o", "jsonpath={.data.namespace}")).toBe(
    btoa("default"),
  );
  expect(await kubectl.run("get", "secret", "ci-token", "-o", "jsonpath={.data.ca\\.crt}")).toBe(
    btoa(plane.api.pki.authorities["server-ca"]),
  );
  const day = new Date().toISOString().slice(0, 10);
  const label = "{.metadata.labels.kubernetes\\.io/legacy-token-last-used}";
  await kubectl.run("wait", "secret/ci-token", `--for=jsonpath=${label}`, "--timeout=30s");
  expect((await kubectl.run("get", "secret", "ci-token", "-o", `jsonpath=${label}`)) >= day).toBe(true);
  const second = await tokenIn("second-token");
  await kubectl.run("delete", "secret", "ci-token");
  expect(await whoIs(token)).toBe("Unauthorized");
  expect(await whoIs(second)).toBe("system:serviceaccount:default:ci");
});

test("it is deleted with its account", async () => {
  const token = await tokenIn("third-token");
  await kubectl.run("delete", "serviceaccount", "ci");
  expect(await whoIs(token)).toBe("Unauthorized");
  await kubectl.run("wait", "secret/third-token", "--for=delete", "--timeout=30s");
});

test("it is known since when uses of tokens are noted", async () => {
  const name = "configmap/kube-apiserver-legacy-service-account-token-tracking";
  await kubectl.run("wait", name, "-n", "kube-system", "--for=jsonpath={.data.since}", "--timeout=30s");
  await kubectl.run("patch", name, "-n", "kube-system", "--type=merge", "-p", '{"data":{"since":"never"}}');
  const day = new Date().toISOString().slice(0, 4);
  const isRight = async () =>
    (await kubectl.run("get", name, "-n", "kube-system", "-o", "jsonpath={.data.since}")).startsWith(day);
  await until(isRight);
});
