import { afterEach, beforeEach, expect, test } from "bun:test";
import type { ConfigMap, ResourceQuota } from "#api/generated/core-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import { resourceQuotaController } from "#controllers/resourcequota.ts";
import { aCluster, type TestCluster } from "#testing/cluster.ts";
import { failureOf } from "../apiserver/failure.ts";

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await aCluster({ controllers: [resourceQuotaController] });
});
afterEach(() => cluster[Symbol.asyncDispose]());

const aMap = (name: string): NewObject<ConfigMap> => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default" },
});

async function addQuota(hard: Record<string, string>): Promise<void> {
  const quota: NewObject<ResourceQuota> = {
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name: "q", namespace: "default" },
    spec: { hard },
  };
  await cluster.client.create("ResourceQuota", quota);
  await cluster.settle();
}

async function used(): Promise<Readonly<Record<string, string>> | undefined> {
  const { status } = await cluster.client.get("ResourceQuota", { namespace: "default", name: "q" });
  return status?.used;
}

const create = (name: string): Promise<unknown> => cluster.client.create("ConfigMap", aMap(name));
const EXCEEDED = (name: string): string =>
  `403 Forbidden: configmaps "${name}" is forbidden: exceeded quota: q, requested: count/configmaps=1, used: count/configmaps=5, limited: count/configmaps=5`;

test("what there is, comes and goes is counted", async () => {
  await create("before");
  await addQuota({ "count/configmaps": "5" });
  expect(await used()).toEqual({ "count/configmaps": "1" });
  await create("after");
  expect(await used()).toEqual({ "count/configmaps": "2" });
  await cluster.client.delete("ConfigMap", { namespace: "default", name: "before" });
  await cluster.settle();
  expect(await used()).toEqual({ "count/configmaps": "1" });
});

test("of many that come at once, as many are let in as there is room for", async () => {
  await addQuota({ "count/configmaps": "5" });
  const names = Array.from({ length: 25 }, (_, index) => `m${String(index)}`);
  const outcomes = await Promise.allSettled(names.map(create));
  expect(outcomes.filter(({ status }) => status === "fulfilled").length).toBe(5);
  expect((await cluster.client.list("ConfigMap", { namespace: "default" })).items.length).toBe(5);
  expect(await used()).toEqual({ "count/configmaps": "5" });
  expect(await failureOf(create("late"))).toBe(EXCEEDED("late"));
});

test("what could not be stored costs nothing", async () => {
  await create("there");
  await addQuota({ "count/configmaps": "5" });
  expect(await failureOf(create("there"))).toBe('409 AlreadyExists: configmaps "there" already exists');
  expect(await used()).toEqual({ "count/configmaps": "1" });
  await cluster.client.create("ConfigMap", aMap("trial"), { dryRun: true });
  expect(await used()).toEqual({ "count/configmaps": "1" });
});
