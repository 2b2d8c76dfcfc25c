import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Kubectl } from "../front/kubectl.ts";
import { KubectlServer, refusal, TIMEOUT_MS } from "./kubectl-server.ts";

let running: KubectlServer;
beforeAll(async () => {
  running = await KubectlServer.start();
});
afterAll(() => running[Symbol.asyncDispose]());

describe("kubectl auth", () => {
  let kubectl: Kubectl;
  beforeAll(async () => {
    kubectl = running.admin;
    await kubectl.run("create", "namespace", "web");
    await kubectl.run("create", "serviceaccount", "builder", "-n", "web");
    await kubectl.run(
      "-n",
      "web",
      "create",
      "role",
      "reader",
      "--verb=get,list",
      "--resource=pods,deployments.apps/scale",
    );
    await kubectl.run(
      "-n",
      "web",
      "create",
      "rolebinding",
      "readers",
      "--role=reader",
      "--user=jane",
      "--serviceaccount=web:builder",
    );
    await kubectl.run("create", "clusterrole", "probe", "--verb=get", "--non-resource-url=/metrics");
    await kubectl.run("create", "clusterrolebinding", "probes", "--clusterrole=probe", "--group=ops");
  }, TIMEOUT_MS);

  test.each<[string[], string]>([
    [["list", "pods", "-n", "web", "--as=jane"], "yes"],
    [["list", "pods", "-n", "default", "--as=jane"], "no"],
    [["delete", "pods", "-n", "web", "--as=jane"], "no"],
    [["get", "deployments.apps", "--subresource=scale", "-n", "web", "--as=jane"], "yes"],
    [["get", "deployments.apps", "-n", "web", "--as=jane"], "no"],
    [["list", "pods", "-n", "web", "--as=system:serviceaccount:web:builder"], "yes"],
    [["list", "pods", "-n", "web", "--as=system:serviceaccount:default:builder"], "no"],
    [["get", "/metrics", "--as=joe", "--as-group=ops"], "yes"],
    [["get", "/metrics", "--as=joe"], "no"],
    [["get", "/version", "--as=joe"], "yes"],
    [["*", "*", "--all-namespaces"], "yes"],
  ])(
    "can-i %p: %s",
    async (args, answer) => {
      const { stdout, code } = await kubectl.try("", "auth", "can-i", ...args);
      expect([stdout.trim().split(" - ")[0], code]).toEqual([answer, answer === "yes" ? 0 : 1]);
    },
    TIMEOUT_MS,
  );

  test(
    "can-i --list tells everything that somebody may do",
    async () => {
      const list = await kubectl.run(
        "auth",
        "can-i",
        "--list",
        "-n",
        "web",
        "--as=system:serviceaccount:web:builder",
      );
      expect(list).toMatch(/^deployments\.apps\/scale +\[\] +\[\] +\[get list\]$/m);
      expect(list).toMatch(/^pods +\[\] +\[\] +\[get list\]$/m);
      expect(list).toMatch(/^selfsubjectreviews\.authentication\.k8s\.io +\[\] +\[\] +\[create\]$/m);
      expect(list).toMatch(/^ +\[\/openid\/v1\/jwks\] +\[\] +\[get\]$/m);
    },
    TIMEOUT_MS,
  );

  test(
    "whoami tells whom one acts as",
    async () => {
      const text = await kubectl.run(
        "auth",
        "whoami",
        "-o",
        "json",
        "--as=jane",
        "--as-group=dev",
        "--as-group=a, b",
        "--as-uid=7",
      );
      expect(JSON.parse(text)).toMatchObject({
        status: { userInfo: { username: "jane", uid: "7", groups: ["dev", "a, b", "system:authenticated"] } },
      });
      const account = await kubectl.run(
        "auth",
        "whoami",
        "-o",
        "json",
        "--as=system:serviceaccount:web:builder",
      );
      expect(JSON.parse(account)).toMatchObject({
        status: {
          userInfo: {
            username: "system:serviceaccount:web:builder",
            groups: ["system:serviceaccounts", "system:serviceaccounts:web", "system:authenticated"],
          },
        },
      });
    },
    TIMEOUT_MS,
  );

  test(
    "reconcile completes roles and bindings",
    async () => {
      const manifest = JSON.stringify({
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "Role",
        metadata: { name: "reconciled", namespace: "web" },
        rules: [{ apiGroups: [""], resources: ["services"], verbs: ["get"] }],
      });
      expect(await kubectl.pipe(manifest, "auth", "reconcile", "-f", "-")).toContain(
        "role.rbac.authorization.k8s.io/reconciled reconciled",
      );
      expect(
        await kubectl.run("-n", "web", "get", "role", "reconciled", "-o", "jsonpath={.rules[0].resources}"),
      ).toBe('["services"]');
    },
    TIMEOUT_MS,
  );

  test(
    "create clusterrole --aggregation-rule makes a role of roles",
    async () => {
      await kubectl.run(
        "create",
        "clusterrole",
        "monitoring",
        "--aggregation-rule=rbac.example.com/monitoring=true",
      );
      expect(await kubectl.run("get", "clusterrole", "monitoring", "-o", "jsonpath={.aggregationRule}")).toBe(
        '{"clusterRoleSelectors":[{"matchLabels":{"rbac.example.com/monitoring":"true"}}]}',
      );
    },
    TIMEOUT_MS,
  );

  test(
    "denials read as Kubernetes words them",
    async () => {
      const denied = (...args: string[]): Promise<string> => refusal(kubectl, ...args, "--as=joe");
      expect(await denied("get", "pods", "-n", "web")).toBe(
        'pods is forbidden: User "joe" cannot list resource "pods" in API group "" in the namespace "web"',
      );
      expect(await denied("get", "nodes")).toBe(
        'nodes is forbidden: User "joe" cannot list resource "nodes" in API group "" at the cluster scope',
      );
      expect(await denied("get", "namespace", "web")).toBe(
        'namespaces "web" is forbidden: User "joe" cannot get resource "namespaces" in API group "" in the namespace "web"',
      );
      expect(await denied("get", "--raw", "/metrics")).toBe(
        'forbidden: User "joe" cannot get path "/metrics"',
      );
      expect(await denied("get", "--raw", "/apis/example.com/v1/things")).toBe(
        'things.example.com is forbidden: User "joe" cannot list resource "things" in API group "example.com" at the cluster scope',
      );
    },
    TIMEOUT_MS,
  );

  test(
    "a path that is written in another way is no other path",
    async () => {
      const { connect } = running.server;
      const token = (await kubectl.run("create", "token", "builder", "-n", "web")).trim();
      const client = connect({ credential: undefined, headers: { authorization: `Bearer ${token}` } });
      const codeOf = async (wanted: string): Promise<number> =>
        (await client.send({ method: "GET", path: wanted })).status;
      expect(await codeOf("/api/v1/namespaces/web/pods")).toBe(200);
      for (const other of [
        "/api/v1/namespaces/default/pods",
        "/api/v1/namespaces/web/secrets",
        "/api/v1/pods",
        "/api/v1/namespaces/web/pods/../secrets",
        "/api/v1/namespaces/web/../default/pods",
        "/api/v1/namespaces/web/%2e%2e/default/pods",
        "/api/v1/namespaces/web%2Fsecrets",
        "/api/v1//namespaces/web/secrets",
        "//api/v1/namespaces/web/secrets",
        "/api/v1/namespaces/web/pods%2f..%2fsecrets",
        "/healthz/../metrics",
        "/metrics",
        "/apis/../metrics",
      ]) {
        expect([403, 404], other).toContain(await codeOf(other));
      }
    },
    TIMEOUT_MS,
  );
});
