import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Kubectl } from "../front/kubectl.ts";
import { KubectlServer, refusal, TIMEOUT_MS } from "./kubectl-server.ts";

let running: KubectlServer;
beforeAll(async () => {
  running = await KubectlServer.start();
});
afterAll(() => running[Symbol.asyncDispose]());

describe("escalation", () => {
  let kubectl: Kubectl;
  const asJane = (...args: readonly string[]): Promise<string> =>
    kubectl.run(...args, "-n", "team", "--as=jane");
  beforeAll(async () => {
    kubectl = running.admin;
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
