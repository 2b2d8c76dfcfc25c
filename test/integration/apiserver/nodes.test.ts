import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { UserInfo } from "#apimachinery/user.ts";
import type { Client } from "#client/client.ts";
import { aNode, aPod, aSecret, aServiceAccount } from "#testing/objects.ts";
import { failureOf } from "./failure.ts";
import { startServer, type TestServer } from "./server.ts";

function identity(name: string): UserInfo {
  return { name: `system:node:${name}`, groups: ["system:nodes", "system:authenticated"] };
}

let server: TestServer;
let n1: Client;
let n2: Client;
beforeEach(async () => {
  server = await startServer();
  const { client } = server;
  [n1, n2] = [server.as(identity("n1"), "kubelet"), server.as(identity("n2"), "kubelet")];
  await client.create("ServiceAccount", aServiceAccount("default"));
  for (const name of ["one", "two"]) await client.create("Secret", aSecret(name));
  await n1.create("Node", aNode("n1"));
  await n2.create("Node", aNode("n2"));
  const volumes = (secretName: string) => [{ name: "s", secret: { secretName } }];
  await client.create("Pod", aPod("on-n1", { spec: { nodeName: "n1", volumes: volumes("one") } }));
  await client.create("Pod", aPod("on-n2", { spec: { nodeName: "n2", volumes: volumes("two") } }));
});
afterEach(() => server[Symbol.asyncDispose]());

const at = (name: string) => ({ namespace: "default", name });

describe("a node", () => {
  test("reads what its pods name, as soon as they are on it and as long as they are there", async () => {
    expect((await n1.get("Secret", at("one"))).metadata.name).toBe("one");
    expect((await n1.list("Pod", { fieldSelector: "spec.nodeName=n1" })).items).toHaveLength(1);
    const only = { namespace: "default", fieldSelector: "metadata.name=one" };
    expect((await n1.list("Secret", only)).items).toHaveLength(1);
    await n1.delete("Pod", at("on-n1"), { gracePeriodSeconds: 0 });
    expect(await failureOf(n1.get("Secret", at("one")))).toBe(
      `403 Forbidden: secrets "one" is forbidden: User "system:node:n1" cannot get resource "secrets" in API group "" in the namespace "default": no relationship found between node 'n1' and this object`,
    );
  });

  test.each<[string, (node: Client) => Promise<unknown>, string]>([
    [
      "another node's secret",
      (node) => node.get("Secret", at("two")),
      "no relationship found between node 'n1'",
    ],
    ["all secrets", (node) => node.list("Secret"), "can only read namespaced object of this type"],
    ["another node's pod", (node) => node.get("Pod", at("on-n2")), "no relationship found"],
    ["all pods", (node) => node.list("Pod"), "can only list/watch pods with spec.nodeName field selector"],
    ["another Node", (node) => node.get("Node", { name: "n2" }), "only its own Node object"],
    [
      "to delete another node's pod",
      (node) => node.delete("Pod", at("on-n2")),
      'node "n1" can only delete pods with spec.nodeName set to itself',
    ],
    [
      "to report about another node's pod",
      (node) =>
        node.patch("Pod", at("on-n2"), {
          type: "merge",
          document: { status: { phase: "Failed" } },
          subresource: "status",
        }),
      'node "n1" can only update pod status for pods with spec.nodeName set to itself',
    ],
    [
      "to take over another node's name",
      (node) =>
        node.patch("Node", { name: "n2" }, { type: "merge", document: { metadata: { labels: { a: "b" } } } }),
      'node "n1" is not allowed to modify node "n2"',
    ],
    [
      "to take its own taints away",
      (node) => node.patch("Node", { name: "n1" }, { type: "merge", document: { spec: { taints: null } } }),
      'node "n1" is not allowed to modify taints',
    ],
    [
      "to create a pod that somebody else would start",
      (node) => node.create("Pod", aPod("new", { spec: { nodeName: "n2" } })),
      "can only create mirror pods",
    ],
    [
      "a token for a pod on another node",
      async (node) => {
        const { uid } = (await server.client.get("Pod", at("on-n2"))).metadata;
        const boundObjectRef = { apiVersion: "v1", kind: "Pod", name: "on-n2", uid };
        const body = { spec: { audiences: [], boundObjectRef } };
        return await node.createSubresource("ServiceAccount", at("default"), "token", body);
      },
      "node requested token bound to a pod scheduled on a different node",
    ],
    [
      "a token that no pod holds",
      (node) => node.createSubresource("ServiceAccount", at("default"), "token", { spec: { audiences: [] } }),
      "node requested token not bound to a pod",
    ],
    [
      "a role",
      (node) => node.list("ClusterRole"),
      'User "system:node:n1" cannot list resource "clusterroles" in API group "rbac.authorization.k8s.io"',
    ],
  ])("does not get %s", async (_what, request, why) => {
    const failure = await failureOf(request(n1));
    expect(failure).toStartWith("403 Forbidden");
    expect(failure).toContain(why);
  });
});
