import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { APIGroupDiscoveryList } from "#api/generated/apidiscovery-v2.ts";
import type { CustomResourceDefinition } from "#api/generated/apiextensions-v1.ts";
import type { APIGroup, APIGroupList } from "#apimachinery/generated/meta-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import { isNotFound } from "#apimachinery/status-error.ts";
import { until } from "../until.ts";
import { ExtendedCluster } from "./cluster.ts";
import { AGGREGATED_TYPE } from "./extension-discovery.ts";
import { SERVICE } from "./extension-server.ts";

const WARDLE = "v1alpha1.wardle.example.com";
const MANAGED = "kube-aggregator.kubernetes.io/automanaged";

async function read<T>(cluster: ExtendedCluster, path: string, accept = "application/json"): Promise<T> {
  return (await cluster.server.connect().send({ path, headers: { accept } })).json<T>();
}

async function exists(cluster: ExtendedCluster, name: string): Promise<boolean> {
  try {
    await cluster.server.client.get("APIService", { name });
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

describe("APIServices of the server itself", () => {
  let cluster: ExtendedCluster;
  beforeAll(async () => {
    cluster = await ExtendedCluster.start();
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  test("are there for all that is built in", async () => {
    await until(() => exists(cluster, "v1.storage.k8s.io"));
    const { items } = await cluster.server.client.list("APIService");
    expect(items.length).toBe(21);
    expect(items.find(({ metadata }) => metadata.name === "v1.")).toMatchObject({
      metadata: { labels: { [MANAGED]: "onstart" } },
      spec: { version: "v1", groupPriorityMinimum: 18000, versionPriority: 1 },
      status: { conditions: [{ type: "Available", status: "True", reason: "Local" }] },
    });
  });

  test("come and go with custom resources, and come back meanwhile", async () => {
    const { client } = cluster.server;
    const name = "v1.stable.example.com";
    await client.create("CustomResourceDefinition", definition());
    await until(() => exists(cluster, name));
    const created = await client.get("APIService", { name });
    expect(created).toMatchObject({
      metadata: { labels: { [MANAGED]: "true" } },
      spec: { groupPriorityMinimum: 1000, versionPriority: 100 },
    });
    await client.delete("APIService", { name });
    await until(() => exists(cluster, name));
    expect((await client.get("APIService", { name })).metadata.uid).not.toBe(created.metadata.uid);
    await client.delete("CustomResourceDefinition", { name: "gadgets.stable.example.com" });
    await until(async () => !(await exists(cluster, name)));
  });

  test("stay away until the next start when a user deletes one that is built in", async () => {
    const { client } = cluster.server;
    await client.delete("APIService", { name: "v1.batch" });
    const before = await client.list("APIService");
    // Written after it, and so seen after it.
    await client.create("CustomResourceDefinition", definition());
    await until(() => exists(cluster, "v1.stable.example.com"));
    expect(before.items.some(({ metadata }) => metadata.name === "v1.batch")).toBe(false);
    expect(await exists(cluster, "v1.batch")).toBe(false);
    expect((await read<APIGroup>(cluster, "/apis/batch")).name).toBe("batch");
  });
});

function definition(): NewObject<CustomResourceDefinition> {
  const schema = { openAPIV3Schema: { type: "object" } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "gadgets.stable.example.com" },
    spec: {
      group: "stable.example.com",
      scope: "Namespaced",
      names: { plural: "gadgets", kind: "Gadget" },
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
  };
}

describe("the trust of extension servers", () => {
  const name = { namespace: "kube-system", name: "extension-apiserver-authentication" };

  test("is told in a ConfigMap that comes back as it was", async () => {
    await using cluster = await ExtendedCluster.start();
    const { client, pki } = cluster.server;
    const dataOf = async (): Promise<Readonly<Record<string, string>> | undefined> => {
      const { items } = await client.list("ConfigMap", { namespace: name.namespace });
      return items.find(({ metadata }) => metadata.name === name.name)?.data;
    };
    await until(async () => (await dataOf()) !== undefined);
    const data = await dataOf();
    expect(data).toMatchObject({
      "client-ca-file": pki.authorities["client-ca"],
      "requestheader-client-ca-file": pki.authorities["request-header-ca"],
      "requestheader-allowed-names": '["system:auth-proxy"]',
    });
    await client.delete("ConfigMap", name);
    await until(async () => Bun.deepEquals(await dataOf(), data));
    await client.update("ConfigMap", { ...(await client.get("ConfigMap", name)), data: {} });
    await until(async () => Bun.deepEquals(await dataOf(), data));
  });
});

describe("the condition of an APIService", () => {
  let cluster: ExtendedCluster;
  beforeAll(async () => {
    cluster = await ExtendedCluster.start();
  });
  afterEach(async () => {
    await cluster.server.client.delete("APIService", { name: WARDLE });
    cluster.extension.override = undefined;
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  const untilIs = (expected: RegExp): Promise<void> =>
    until(async () => expected.test(await cluster.availability(WARDLE)));
  const register = (spec = {}): Promise<void> => cluster.register("wardle.example.com", "v1alpha1", spec);

  test("turns false while the extension server is away, and true when it is back", async () => {
    const client = cluster.server.connect();
    await register();
    await untilIs(/^True$/);
    await cluster.extension.stop();
    const service = await cluster.server.client.get("Service", SERVICE);
    // Somebody has to look before half a minute is over.
    await cluster.server.client.update("Service", {
      ...service,
      metadata: { ...service.metadata, labels: { a: "b" } },
    });
    await untilIs(
      /^False FailedDiscoveryCheck: failing or missing response from https:\/\/10\.42\.0\.7:8443\/apis\/wardle\.example\.com\/v1alpha1: Get "https:\/\/10\.42\.0\.7:8443\/apis\/wardle\.example\.com\/v1alpha1": dial tcp 10\.42\.0\.7:8443: connect: connection refused$/,
    );
    const answer = await client.send({ path: "/apis/wardle.example.com/v1alpha1/flunders" });
    expect([answer.status, answer.text, answer.headers["content-type"]]).toEqual([
      503,
      "service unavailable\n",
      "text/plain; charset=utf-8",
    ]);
    const { text: metrics } = await client.send({ path: "/metrics" });
    expect(metrics).toContain(`aggregator_unavailable_apiservice{name="${WARDLE}"} 1`);
    expect(metrics).toContain('aggregator_unavailable_apiservice{name="v1.apps"} 0');
    expect(metrics).toContain(
      `aggregator_unavailable_apiservice_total{name="${WARDLE}",reason="FailedDiscoveryCheck"} 1`,
    );
    await cluster.extension.start();
    await untilIs(/^True$/);
    expect((await client.send({ path: "/apis/wardle.example.com/v1alpha1/flunders" })).status).toBe(200);
  });

  test("follows the Service and its endpoints", async () => {
    const { client } = cluster.server;
    await register({ service: { ...SERVICE, name: "late", port: 443 } });
    await untilIs(/^False ServiceNotFound: service\/late in "wardle" is not present$/);
    const { namespace } = SERVICE;
    await client.create("Service", {
      apiVersion: "v1",
      kind: "Service",
      metadata: { namespace, name: "late" },
      spec: { ports: [{ port: 443, protocol: "TCP" }] },
    });
    await untilIs(/^False EndpointsNotFound: cannot find endpointslices for service\/late in "wardle"$/);
    await client.create("EndpointSlice", {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { namespace, name: "late-1", labels: { "kubernetes.io/service-name": "late" } },
      addressType: "IPv4",
      endpoints: [{ addresses: ["10.42.0.7"] }],
      ports: [{ name: "", port: 8443, protocol: "TCP" }],
    });
    await untilIs(/certificate is valid for extension\.wardle\.svc, not late\.wardle\.svc$/);
    await client.delete("Service", { namespace, name: "late" });
    await untilIs(/^False ServiceNotFound/);
  });

  test.each([
    [{ caBundle: "" }, /x509: certificate signed by unknown authority$/],
    [{ caBundle: "", insecureSkipTLSVerify: true }, /^True$/],
    [{ service: { ...SERVICE, port: 80 } }, /^False ServicePortError: .* is not listening on port 80$/],
  ])("of %j is %p", async (spec, expected) => {
    await register(spec);
    await untilIs(expected);
  });
});

describe.each([false, true])("discovery with an extension server that is old: %p", (isOld) => {
  let cluster: ExtendedCluster;
  beforeAll(async () => {
    cluster = await ExtendedCluster.start({ isOld });
    await cluster.register("wardle.example.com", "v1alpha1", { groupPriorityMinimum: 2000 });
    await cluster.register("metrics.k8s.io", "v1beta1");
    await cluster.server.client.create("CustomResourceDefinition", definition());
    await until(async () => (await freshness()) === "Current Current");
    await until(() => exists(cluster, "v1.stable.example.com"));
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  const aggregated = (): Promise<APIGroupDiscoveryList> => read(cluster, "/apis", AGGREGATED_TYPE);
  const freshness = async (): Promise<string> =>
    (await aggregated()).items
      .filter(({ metadata }) => ["wardle.example.com", "metrics.k8s.io"].includes(metadata.name))
      .map(({ versions }) => versions?.[0]?.freshness)
      .join(" ");

  test("lists groups by their priorities", async () => {
    const { groups } = await read<APIGroupList>(cluster, "/apis");
    const names = groups.map(({ name }) => name);
    expect(names.slice(0, 3)).toEqual(["apiregistration.k8s.io", "apps", "events.k8s.io"]);
    expect(names.slice(-3)).toEqual(["wardle.example.com", "stable.example.com", "metrics.k8s.io"]);
    expect((await aggregated()).items.map(({ metadata }) => metadata.name)).toEqual(names);
  });

  test("describes a group and the resources of the extension server", async () => {
    const version = { groupVersion: "metrics.k8s.io/v1beta1", version: "v1beta1" };
    expect(await read<APIGroup>(cluster, "/apis/metrics.k8s.io")).toEqual({
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
    const { groups } = await read<APIGroupList>(cluster, "/apis");
    expect(groups.map(({ name }) => name)).not.toContain("wardle.example.com");
    const answer = await cluster.server.connect().send({ path: "/apis/wardle.example.com/v1alpha1" });
    expect(answer.status).toBe(404);
  });
});
