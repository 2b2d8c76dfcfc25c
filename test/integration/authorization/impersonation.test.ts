import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Kubectl } from "../front/kubectl.ts";
import { KubectlServer, refusal, TIMEOUT_MS } from "./kubectl-server.ts";

let running: KubectlServer;
beforeAll(async () => {
  running = await KubectlServer.start();
});
afterAll(() => running[Symbol.asyncDispose]());

describe("impersonation", () => {
  let kubectl: Kubectl;
  let robot: Kubectl;
  beforeAll(async () => {
    kubectl = running.admin;
    await kubectl.run("create", "serviceaccount", "robot");
    robot = await running.withToken((await kubectl.run("create", "token", "robot")).trim());
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
    const answer = await running.server
      .connect({ headers: { "impersonate-group": "dev" } })
      .send({ method: "GET", path: "/api/v1/pods" });
    expect(answer.status).toBe(400);
    expect(answer.json<{ message: string }>().message).toBe(
      'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"dev"}, Extra:map[string][]string(nil)} without impersonating a user name',
    );
  });
});
