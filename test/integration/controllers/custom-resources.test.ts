import { afterEach, beforeEach, expect, test } from "bun:test";
import { isNotFound } from "#apimachinery/status-error.ts";
import { garbageCollectorController } from "#controllers/garbage-collector/garbage-collector.ts";
import { namespaceController } from "#controllers/namespace.ts";
import { aCluster, type TestCluster } from "#testing/cluster.ts";
import { aCronTab, aCronTabDefinition, cronTabs } from "#testing/cron-tabs.ts";

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await aCluster({ controllers: [namespaceController, garbageCollectorController] });
  await cluster.client.create("CustomResourceDefinition", aCronTabDefinition());
  await cluster.eventually(() => cluster.client.list(cronTabs()));
});
afterEach(() => cluster[Symbol.asyncDispose]());

test("a namespace takes the custom resources in it along", async () => {
  await cluster.client.create("Namespace", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "jobs" },
    spec: {},
  });
  await cluster.client.create(cronTabs(), { ...aCronTab("a"), metadata: { name: "a", namespace: "jobs" } });
  await cluster.client.create(cronTabs(), aCronTab("b"));
  await cluster.client.delete("Namespace", { name: "jobs" });
  await cluster.eventually(async () => {
    expect(await cluster.client.get("Namespace", { name: "jobs" }).catch(isNotFound)).toBe(true);
  });
  const { items } = await cluster.client.list(cronTabs());
  expect(items.map(({ metadata }) => metadata.name)).toEqual(["b"]);
});

test("what a custom resource owns goes when its definition goes", async () => {
  const { metadata, apiVersion, kind } = await cluster.client.create(cronTabs(), aCronTab("a"));
  await cluster.client.create("ConfigMap", {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: "owned",
      namespace: "default",
      ownerReferences: [{ apiVersion, kind, name: metadata.name, uid: metadata.uid }],
    },
  });
  await cluster.settle();
  await cluster.client.delete("CustomResourceDefinition", { name: "crontabs.stable.example.com" });
  await cluster.eventually(async () => {
    const owned = { namespace: "default", name: "owned" };
    expect(await cluster.client.get("ConfigMap", owned).catch(isNotFound)).toBe(true);
  });
});
