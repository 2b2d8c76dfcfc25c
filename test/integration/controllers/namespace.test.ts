import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Namespace } from "#api/generated/core-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import { unchanging } from "#base/changing.ts";
import { deploymentController } from "#controllers/deployment/deployment.ts";
import { garbageCollectorController } from "#controllers/garbage-collector/garbage-collector.ts";
import { namespaceController } from "#controllers/namespace.ts";
import { replicaSetController } from "#controllers/replicaset/replicaset.ts";
import { rootCAController } from "#controllers/root-ca.ts";
import { serviceAccountController } from "#controllers/serviceaccount.ts";
import { aCluster, type TestCluster } from "#testing/cluster.ts";
import { modelKubelet } from "#testing/model-kubelet.ts";
import { aDeployment } from "#testing/workloads.ts";

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await aCluster({
    controllers: [
      namespaceController,
      deploymentController,
      replicaSetController,
      serviceAccountController,
      garbageCollectorController,
      rootCAController(unchanging("the authority")),
      modelKubelet(),
    ],
  });
  await cluster.client.create("Namespace", team);
  await cluster.settle();
});
afterEach(() => cluster[Symbol.asyncDispose]());

const team: NewObject<Namespace> = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "team" },
  spec: {},
};

const findTeam = async (): Promise<Namespace | undefined> => {
  const { items } = await cluster.client.list("Namespace");
  return items.find(({ metadata }) => metadata.name === "team");
};

describe("a namespace", () => {
  test("gets its account and the cluster's authority, again when they are deleted", async () => {
    for (let round = 0; round < 2; round += 1) {
      await cluster.client.get("ServiceAccount", { namespace: "team", name: "default" });
      const { data } = await cluster.client.get("ConfigMap", { namespace: "team", name: "kube-root-ca.crt" });
      expect(data).toEqual({ "ca.crt": "the authority" });
      await cluster.client.deleteCollection("ServiceAccount", { namespace: "team" });
      await cluster.client.deleteCollection("ConfigMap", { namespace: "team" });
      await cluster.settle();
    }
  });

  test("goes with all that is in it", async () => {
    const { spec } = aDeployment("web");
    await cluster.client.create("Deployment", {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { namespace: "team", name: "web" },
      spec,
    });
    await cluster.eventually(async () => {
      const { items } = await cluster.client.list("Pod", { namespace: "team" });
      expect(items.map(({ status }) => status?.phase)).toEqual(["Running"]);
    });
    await cluster.client.delete("Namespace", { name: "team" });
    await cluster.eventually(async () => {
      expect(await findTeam()).toBeUndefined();
    });
    for (const kind of ["Deployment", "ReplicaSet", "Pod", "ServiceAccount", "ConfigMap", "Event"] as const) {
      expect((await cluster.client.list(kind, { namespace: "team" })).items, kind).toEqual([]);
    }
  });

  test("says what it waits for", async () => {
    await cluster.client.create("ConfigMap", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { namespace: "team", name: "held", finalizers: ["example.com/hold"] },
    });
    await cluster.client.delete("Namespace", { name: "team" });
    await cluster.advance(10_000);
    const waiting = await findTeam();
    expect(waiting?.status?.phase).toBe("Terminating");
    const messages = waiting?.status?.conditions?.filter(({ status }) => status === "True");
    expect(messages?.map(({ type, message }) => `${type}: ${String(message)}`)).toEqual([
      "NamespaceContentRemaining: Some resources are remaining: configmaps. has 1 resource instances",
      "NamespaceFinalizersRemaining: Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances",
    ]);
    await cluster.client.patch(
      "ConfigMap",
      { namespace: "team", name: "held" },
      { type: "merge", document: { metadata: { finalizers: null } } },
    );
    await cluster.eventually(async () => {
      expect(await findTeam()).toBeUndefined();
    });
  });
});
