import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { APIGroupDiscoveryList } from "#api/generated/apidiscovery-v2.ts";
import type { APIGroup, APIGroupList } from "#apimachinery/generated/meta-v1.ts";
import { until } from "../until.ts";
import { ExtendedCluster } from "./cluster.ts";
import { AGGREGATED_TYPE } from "./extension-discovery.ts";
import { gadgets } from "./gadgets.ts";

const WARDLE = "v1alpha1.wardle.example.com";

describe.each([false, true])("discovery with an extension server that is old: %p", (isOld) => {
  let cluster: ExtendedCluster;
  beforeAll(async () => {
    cluster = await ExtendedCluster.start({ isOld });
    await cluster.register("wardle.example.com", "v1alpha1", { groupPriorityMinimum: 2000 });
    await cluster.register("metrics.k8s.io", "v1beta1");
    await cluster.server.client.create("CustomResourceDefinition", gadgets);
    await until(async () => (await freshness()) === "Current Current");
    await until(() => cluster.has("v1.stable.example.com"));
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  const aggregated = (): Promise<APIGroupDiscoveryList> => cluster.read("/apis", AGGREGATED_TYPE);
  const freshness = async (): Promise<string> =>
    (await aggregated()).items
      .filter(({ metadata }) => ["wardle.example.com", "metrics.k8s.io"].includes(metadata.name))
      .map(({ versions }) => versions?.[0]?.freshness)
      .join(" ");

  test("lists groups by their priorities", async () => {
    const { groups } = await cluster.read<APIGroupList>("/apis");
    const names = groups.map(({ name }) => name);
    expect(names.slice(0, 3)).toEqual(["apiregistration.k8s.io", "apps", "events.k8s.io"]);
    expect(names.slice(-3)).toEqual(["wardle.example.com", "stable.example.com", "metrics.k8s.io"]);
    expect((await aggregated()).items.map(({ metadata }) => metadata.name)).toEqual(names);
  });

  test("describes a group and the resources of the extension server", async () => {
    const version = { groupVersion: "metrics.k8s.io/v1beta1", version: "v1beta1" };
    expect(await cluster.read<APIGroup>("/apis/metrics.k8s.io")).toEqual({
      kind: "APIGroup",
      apiVersion: "v1",
      name: "metrics.k8s.io",
      versions: [version],
      preferredVersion: version,
    });
    const { items } = await aggregated();
    const metrics = items.find(({ metadata }) => metadata.name === "metrics.k8s.io");
    expect(metrics?.versions).toEqual([
      {
        version: "v1beta1",
        freshness: "Current",
        resources: [
          expect.objectContaining({ resource: "nodes", scope: "Cluster", verbs: ["get", "list"] }),
          expect.objectContaining({ resource: "pods", scope: "Namespaced" }),
        ],
      },
    ]);
  });

  test("remembers what was served when the extension server is away", async () => {
    await cluster.extension.stop();
    const { client } = cluster.server;
    const stored = await client.get("APIService", { name: WARDLE });
    await client.update("APIService", { ...stored, spec: { ...stored.spec, versionPriority: 99 } });
    await until(async () => (await freshness()) === "Stale Current");
    const { items } = await aggregated();
    const wardle = items.find(({ metadata }) => metadata.name === "wardle.example.com");
    expect(wardle?.versions?.[0]?.resources?.map(({ resource }) => resource)).toEqual(["flunders"]);
    await cluster.extension.start();
    await until(async () => (await freshness()) === "Current Current");
  });

  test("forgets an APIService that is deleted", async () => {
    await cluster.server.client.delete("APIService", { name: WARDLE });
    await until(async () => (await freshness()) === "Current");
    const { groups } = await cluster.read<APIGroupList>("/apis");
    expect(groups.map(({ name }) => name)).not.toContain("wardle.example.com");
    const answer = await cluster.server.connect().send({ path: "/apis/wardle.example.com/v1alpha1" });
    expect(answer.status).toBe(404);
  });
});
