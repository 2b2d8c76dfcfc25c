import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { APIGroup } from "#apimachinery/generated/meta-v1.ts";
import { until } from "../until.ts";
import { ExtendedCluster } from "./cluster.ts";
import { SERVICE } from "./extension-server.ts";
import { gadgets } from "./gadgets.ts";

const WARDLE = "v1alpha1.wardle.example.com";
const MANAGED = "kube-aggregator.kubernetes.io/automanaged";

describe("APIServices of the server itself", () => {
  let cluster: ExtendedCluster;
  beforeAll(async () => {
    cluster = await ExtendedCluster.start();
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  test("are there for all that is built in", async () => {
    await until(() => cluster.has("v1.storage.k8s.io"));
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
    await client.create("CustomResourceDefinition", gadgets);
    await until(() => cluster.has(name));
    const created = await client.get("APIService", { name });
    expect(created).toMatchObject({
      metadata: { labels: { [MANAGED]: "true" } },
      spec: { groupPriorityMinimum: 1000, versionPriority: 100 },
    });
    await client.delete("APIService", { name });
    await until(() => cluster.has(name));
    expect((await client.get("APIService", { name })).metadata.uid).not.toBe(created.metadata.uid);
    await client.delete("CustomResourceDefinition", { name: "gadgets.stable.example.com" });
    await until(async () => !(await cluster.has(name)));
  });

  test("stay away until the next start when a user deletes one that is built in", async () => {
    const { client } = cluster.server;
    await client.delete("APIService", { name: "v1.batch" });
    const before = await client.list("APIService");
    // Written after it, and so seen after it.
    await client.create("CustomResourceDefinition", gadgets);
    await until(() => cluster.has("v1.stable.example.com"));
    expect(before.items.some(({ metadata }) => metadata.name === "v1.batch")).toBe(false);
    expect(await cluster.has("v1.batch")).toBe(false);
    expect((await cluster.read<APIGroup>("/apis/batch")).name).toBe("batch");
  });
});

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
