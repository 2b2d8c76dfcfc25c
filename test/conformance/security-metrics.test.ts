/** What kube-apiserver counts of authentication, authorization and admission: names, types and labels are its own. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Kubectl, newestKubectl } from "../integration/front/kubectl.ts";
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

/** The type, stability and labels of everything that has a value, by name. */
async function exposed(): Promise<ReadonlyMap<string, string>> {
  const text = await kubectl.run("get", "--raw", "/metrics");
  const families = text.split(/^# HELP /m).slice(1);
  return new Map(
    families.map((family) => {
      const [, name = "", stability = ""] = /^(\S+) (?:\[([A-Z]+)\])?/.exec(family) ?? [];
      const type = new RegExp(`^# TYPE ${name} (\\w+)$`, "m").exec(family)?.[1] ?? "";
      const series = new RegExp(`^${name}(?:_bucket|_count)?(?:\\{(.*)\\})? `, "m").exec(
        family.slice(family.indexOf("\n")),
      );
      const labels = [...(series?.[1] ?? "").matchAll(/(\w+)="/g)].map(([, label]) => label);
      return [name, [type, stability, ...labels.filter((label) => label !== "le")].join(" ")];
    }),
  );
}

/** As somebody who shows a token: the status of the answer, and its warnings. */
async function readVersion(token: string): Promise<string> {
  const answer = await fetch(`${plane.url}/version`, {
    headers: { authorization: `Bearer ${token}` },
    tls: { ca: plane.api.pki.authorities["server-ca"] },
  });
  await answer.text();
  return `${String(answer.status)} ${answer.headers.get("warning") ?? ""}`.trimEnd();
}

/** A token in a Secret of the account `ci`. */
async function legacyToken(): Promise<string> {
  const manifest = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "ci-token", annotations: { "kubernetes.io/service-account.name": "ci" } },
    type: "kubernetes.io/service-account-token",
  };
  await kubectl.run("create", "serviceaccount", "ci");
  await kubectl.pipe(JSON.stringify(manifest), "create", "-f-");
  await kubectl.run("wait", "secret/ci-token", "--for=jsonpath={.data.token}", "--timeout=30s");
  return atob(await kubectl.run("get", "secret", "ci-token", "-o", "jsonpath={.data.token}"));
}

test("who shows a token that was made for an account is warned", async () => {
  const token = await legacyToken();
  expect(await readVersion(token)).toBe("200");
  await kubectl.run("patch", "serviceaccount", "ci", "-p", '{"secrets":[{"name":"ci-token"}]}');
  expect(await readVersion(token)).toBe(
    '200 299 - "Use tokens from the TokenRequest API or manually created secret-based tokens instead of auto-generated secret-based tokens."',
  );
});

test("what is deprecated is said once it has been asked for", async () => {
  const { stderr } = await kubectl.try("", "get", "endpoints", "kubernetes");
  expect(stderr).toContain(
    "Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
  );
  expect(await kubectl.run("get", "--raw", "/metrics")).toContain(
    'apiserver_requested_deprecated_apis{group="",version="v1",resource="endpoints",subresource="",removed_release=""} 1\n',
  );
});

test("everything is counted under the names of kube-apiserver", async () => {
  await kubectl.run("run", "web", "--image=nginx", "--dry-run=server");
  const metrics = await exposed();
  const request = "request_operation resource subresource";
  const table: Record<string, string> = {
    apiserver_cel_compilation_duration_seconds: "histogram BETA",
    apiserver_cel_evaluation_duration_seconds: "histogram BETA",
    authentication_token_cache_active_fetch_count: "gauge ALPHA status",
    authentication_token_cache_fetch_total: "counter ALPHA status",
    authentication_token_cache_request_duration_seconds: "histogram ALPHA status",
    authentication_token_cache_request_total: "counter ALPHA status",
    apiserver_authorization_decisions_total: "counter ALPHA type name decision",
    apiserver_requested_deprecated_apis: "gauge STABLE group version resource subresource removed_release",
    pod_security_evaluations_total: `counter ALPHA decision policy_level policy_version mode ${request}`,
    serviceaccount_invalid_legacy_auto_token_uses_total: "counter ALPHA",
    serviceaccount_legacy_auto_token_uses_total: "counter ALPHA",
    serviceaccount_legacy_manual_token_uses_total: "counter ALPHA",
    serviceaccount_legacy_tokens_total: "counter ALPHA",
    serviceaccount_stale_tokens_total: "counter ALPHA",
    serviceaccount_valid_tokens_total: "counter ALPHA",
  };
  expect(Object.fromEntries(Object.keys(table).map((name) => [name, metrics.get(name)]))).toEqual(table);
});
