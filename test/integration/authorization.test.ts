import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { installedKubectls, Kubectl } from "./front/kubectl.ts";
import { startTestServer, type TestServer } from "./front/server.ts";

/** How long one test may take, in milliseconds: each starts several processes. */
const TIMEOUT_MS = 60_000;

const kubectls = installedKubectls();

let server: TestServer;
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "kubelith-authorization-"));
  server = await startTestServer();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(home, { recursive: true });
});

/** The newest is enough: what it sends is what the others send. */
const path = kubectls.at(-1) ?? "kubectl";

function asAdmin(): Kubectl {
  return new Kubectl(path, { kubeconfig: server.kubeconfig, home });
}

/** A kubectl that shows nothing but a token. */
async function withToken(token: string): Promise<Kubectl> {
  const kubeconfig = join(home, `token-${token.slice(-8)}`);
  const cluster = { server: server.url, "insecure-skip-tls-verify": true };
  await writeFile(
    kubeconfig,
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "c",
      clusters: [{ name: "c", cluster }],
      users: [{ name: "u", user: { token } }],
      contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    }),
  );
  return new Kubectl(path, { kubeconfig, home });
}

async function refusal(kubectl: Kubectl, ...args: readonly string[]): Promise<string> {
  const { code, stderr } = await kubectl.try("", ...args);
  expect(code, args.join(" ")).toBe(1);
  return stderr.replace(/^Error from server \(Forbidden\): /, "").trim();
}

describe(`${basename(path)} auth`, () => {
  let kubectl: Kubectl;
  beforeAll(async () => {
    kubectl = asAdmin();
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
      const { connect } = server;
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

describe("escalation", () => {
  let kubectl: Kubectl;
  const asJane = (...args: readonly string[]): Promise<string> =>
    kubectl.run(...args, "-n", "team", "--as=jane");
  beforeAll(async () => {
    kubectl = asAdmin();
    await kubectl.run("create", "namespace", "team");
    await kubectl.run(
      "-n",
      "team",
      "create",
      "role",
      "manager",
      "--verb=*",
      "--resource=roles,rolebindings,configmaps",
    );
    await kubectl.run("-n", "team", "create", "rolebinding", "managers", "--role=manager", "--user=jane");
    await kubectl.run("-n", "team", "create", "role", "stronger", "--verb=get,list", "--resource=secrets");
  }, TIMEOUT_MS);

  test(
    "nobody makes a role of what they do not have",
    async () => {
      await kubectl.run("-n", "team", "delete", "role", "manager");
      await kubectl.run(
        "-n",
        "team",
        "create",
        "role",
        "manager",
        "--verb=get,create,update,patch,list",
        "--resource=roles,rolebindings,configmaps",
      );
      await asJane("create", "role", "own", "--verb=get", "--resource=configmaps");
      const tooMuch = [
        "create",
        "role",
        "more",
        "--verb=get,list,watch",
        "--resource=configmaps,secrets",
        "-n",
        "team",
        "--as=jane",
      ];
      expect(await refusal(kubectl, ...tooMuch)).toBe(
        `roles.rbac.authorization.k8s.io "more" is forbidden: user "jane" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:
{APIGroups:[""], Resources:["configmaps"], Verbs:["watch"]}
{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list" "watch"]}`,
      );
      const patch = JSON.stringify({ rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }] });
      expect(
        await refusal(kubectl, "patch", "role", "own", "-p", patch, "-n", "team", "--as=jane"),
      ).toContain(
        `is attempting to grant RBAC permissions not currently held:\n{APIGroups:["*"], Resources:["*"], Verbs:["*"]}`,
      );
      expect(await asJane("annotate", "role", "own", "a=b")).toContain("annotate");
    },
    TIMEOUT_MS,
  );

  test(
    "nobody binds a role that gives what they do not have, unless they may bind it",
    async () => {
      const bind = [
        "create",
        "rolebinding",
        "self",
        "--role=stronger",
        "--user=jane",
        "-n",
        "team",
        "--as=jane",
      ];
      expect(await refusal(kubectl, ...bind)).toEndWith(
        `rolebindings.rbac.authorization.k8s.io "self" is forbidden: user "jane" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:
{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}`,
      );
      const admin = [
        "create",
        "rolebinding",
        "root",
        "--clusterrole=cluster-admin",
        "--user=jane",
        "-n",
        "team",
        "--as=jane",
      ];
      expect(await refusal(kubectl, ...admin)).toContain("not currently held");
      const nowhere = await kubectl.try(
        "",
        "create",
        "rolebinding",
        "x",
        "--role=gone",
        "--user=jane",
        "-n",
        "team",
        "--as=jane",
      );
      expect(nowhere.stderr).toContain('role.rbac.authorization.k8s.io "gone" not found');
      await kubectl.run(
        "-n",
        "team",
        "create",
        "role",
        "binder",
        "--verb=bind",
        "--resource=roles",
        "--resource-name=stronger",
      );
      await kubectl.run("-n", "team", "create", "rolebinding", "binders", "--role=binder", "--user=jane");
      await kubectl.run(...bind);
      expect(await refusal(kubectl, ...admin)).toContain("not currently held");
    },
    TIMEOUT_MS,
  );

  test(
    "who may escalate makes any role",
    async () => {
      await kubectl.run("-n", "team", "create", "role", "escalator", "--verb=escalate", "--resource=roles");
      await kubectl.run(
        "-n",
        "team",
        "create",
        "rolebinding",
        "escalators",
        "--role=escalator",
        "--user=jane",
      );
      await asJane("create", "role", "anything", "--verb=*", "--resource=nodes");
    },
    TIMEOUT_MS,
  );

  test(
    "an aggregation wants everything",
    async () => {
      await kubectl.run(
        "create",
        "clusterrole",
        "rolemaker",
        "--verb=create,update,patch,get",
        "--resource=clusterroles",
      );
      await kubectl.run(
        "create",
        "clusterrolebinding",
        "rolemakers",
        "--clusterrole=rolemaker",
        "--user=mia",
      );
      expect(
        await refusal(kubectl, "create", "clusterrole", "all", "--aggregation-rule=a=b", "--as=mia"),
      ).toBe(
        'clusterroles.rbac.authorization.k8s.io "all" is forbidden: must have cluster-admin privileges to use the aggregationRule',
      );
    },
    TIMEOUT_MS,
  );
});

describe("impersonation", () => {
  let kubectl: Kubectl;
  let robot: Kubectl;
  beforeAll(async () => {
    kubectl = asAdmin();
    await kubectl.run("create", "serviceaccount", "robot");
    robot = await withToken((await kubectl.run("create", "token", "robot")).trim());
    const user = "--serviceaccount=default:robot";
    await kubectl.run(
      "create",
      "clusterrole",
      "as-sam",
      "--verb=impersonate",
      "--resource=users",
      "--resource-name=sam",
    );
    await kubectl.run("create", "clusterrolebinding", "as-sam", "--clusterrole=as-sam", user);
    await kubectl.run("create", "clusterrole", "pods", "--verb=list,get", "--resource=pods");
    await kubectl.run("create", "clusterrolebinding", "sam", "--clusterrole=pods", "--user=sam");
    await kubectl.run("create", "clusterrolebinding", "lea", "--clusterrole=pods", "--user=lea");
  }, TIMEOUT_MS);

  test(
    "gives the rights of another and takes one's own",
    async () => {
      expect(await refusal(robot, "get", "pods")).toContain(
        'User "system:serviceaccount:default:robot" cannot list',
      );
      expect(await robot.run("get", "pods", "--as=sam")).toContain("No resources found");
      expect(await refusal(robot, "get", "nodes", "--as=sam")).toContain(
        'User "sam" cannot list resource "nodes"',
      );
    },
    TIMEOUT_MS,
  );

  test(
    "is refused for others, their groups and facts",
    async () => {
      expect(await refusal(robot, "get", "pods", "--as=lea")).toBe(
        'pods is forbidden: User "system:serviceaccount:default:robot" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "default"',
      );
      for (const more of ["--as-group=system:masters", "--as-uid=1"]) {
        expect(await refusal(robot, "get", "pods", "--as=sam", more)).toContain(" cannot impersonate");
      }
      expect(await refusal(robot, "get", "pods", "--as=system:node:n1")).toContain(
        "impersonate-on:arbitrary-node:list",
      );
    },
    TIMEOUT_MS,
  );

  test(
    "may be limited to what one does as another",
    async () => {
      const manifest = {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRole",
        metadata: { name: "as-lea" },
        rules: [
          {
            apiGroups: ["authentication.k8s.io"],
            resources: ["users"],
            resourceNames: ["lea"],
            verbs: ["impersonate:user-info"],
          },
          { apiGroups: [""], resources: ["pods"], verbs: ["impersonate-on:user-info:list"] },
        ],
      };
      await kubectl.pipe(JSON.stringify(manifest), "apply", "-f", "-");
      await kubectl.run(
        "create",
        "clusterrolebinding",
        "as-lea",
        "--clusterrole=as-lea",
        "--serviceaccount=default:robot",
      );
      expect(await robot.run("get", "pods", "--as=lea")).toContain("No resources found");
      expect(await refusal(robot, "get", "pods", "x", "--as=lea")).toContain("impersonate-on:user-info:get");
    },
    TIMEOUT_MS,
  );

  test("needs a user", async () => {
    const answer = await server
      .connect({ headers: { "impersonate-group": "dev" } })
      .send({ method: "GET", path: "/api/v1/pods" });
    expect(answer.status).toBe(400);
    expect(answer.json<{ message: string }>().message).toBe(
      'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"dev"}, Extra:map[string][]string(nil)} without impersonating a user name',
    );
  });
});
