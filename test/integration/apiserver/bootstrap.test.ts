import { describe, expect, test } from "bun:test";
import { createMemoryStore } from "#store/memory/memory-store.ts";
import { aNewService } from "#testing/service-objects.ts";
import { startServer, type TestServer } from "./server.ts";

describe("bootstrap", () => {
  test("is told of once it has been done", async () => {
    await using server = await startServer({ bootstrapped: false });
    expect(server.core.isBootstrapped).toBe(false);
    await server.core.bootstrap({ address: "192.168.1.10", port: 6443 });
    expect(server.core.isBootstrapped).toBe(true);
  });

  test("creates the namespaces and priority classes of every cluster", async () => {
    await using server = await startServer();
    const namespaces = await server.client.list("Namespace");
    expect(namespaces.items.map(({ metadata, status }) => [metadata.name, status?.phase])).toEqual([
      ["default", "Active"],
      ["kube-node-lease", "Active"],
      ["kube-public", "Active"],
      ["kube-system", "Active"],
    ]);
    const classes = await server.client.list("PriorityClass");
    expect(classes.items.map(({ metadata, value }) => [metadata.name, value])).toEqual([
      ["system-cluster-critical", 2_000_000_000],
      ["system-node-critical", 2_000_001_000],
    ]);
  });

  test("leads the Service kubernetes to the API server", async () => {
    await using server = await startServer({ serviceCIDR: "10.43.0.0/16" });
    const name = { namespace: "default", name: "kubernetes" };
    expect((await server.client.get("Service", name)).spec).toMatchObject({
      clusterIP: "10.43.0.1",
      clusterIPs: ["10.43.0.1"],
      type: "ClusterIP",
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: 6443 }],
    });
    expect((await server.client.get("Endpoints", name)).subsets).toEqual([
      { addresses: [{ ip: "192.168.1.10" }], ports: [{ name: "https", port: 6443, protocol: "TCP" }] },
    ]);
    const slice = await server.client.get("EndpointSlice", name);
    expect(slice.metadata.labels).toEqual({ "kubernetes.io/service-name": "kubernetes" });
    expect(slice.endpoints.map(({ addresses }) => addresses)).toEqual([["192.168.1.10"]]);
  });

  test("shows the range of service addresses", async () => {
    await using server = await startServer({ serviceCIDR: "10.43.0.0/16" });
    const { spec, status } = await server.client.get("ServiceCIDR", { name: "kubernetes" });
    expect(spec.cidrs).toEqual(["10.43.0.0/16"]);
    expect(status?.conditions?.map(({ type, status: is }) => [type, is])).toEqual([["Ready", "True"]]);
  });

  test("adds a second family to the range of service addresses", async () => {
    await using store = createMemoryStore();
    await using first = await startServer({ store, serviceCIDR: "10.43.0.0/16" });
    const { spec: single } = await first.client.create("Service", aNewService("web"));
    await using second = await startServer({ store, serviceCIDR: "10.43.0.0/16,fd00::/112" });
    const { spec } = await second.client.get("ServiceCIDR", { name: "kubernetes" });
    expect(spec.cidrs).toEqual(["10.43.0.0/16", "fd00::/112"]);
    const { spec: dual } = await second.client.create(
      "Service",
      aNewService("dual", { ipFamilyPolicy: "RequireDualStack" }),
    );
    expect([single.ipFamilies, dual.ipFamilies]).toEqual([["IPv4"], ["IPv4", "IPv6"]]);
  });

  test("writes nothing at the second start", async () => {
    await using server = await startServer();
    const { revision } = server.store;
    await server.core.bootstrap({ address: "192.168.1.10", port: 6443 });
    expect(server.store.revision).toBe(revision);
  });

  test("writes nothing when a server starts on what another has left", async () => {
    await using store = createMemoryStore();
    await using first = await startServer({ store });
    const { revision } = store;
    const second = await startServer({ store });
    expect(store.revision).toBe(revision);
    await second.core[Symbol.asyncDispose]();
    expect((await first.client.list("ClusterRole")).items).toHaveLength(71);
  });

  test("completes the roles of every cluster at the start, and leaves protected ones", async () => {
    await using store = createMemoryStore();
    await using first = await startServer({ store });
    const { client } = first;
    await client.delete("ClusterRole", { name: "view" });
    const scheduler = await client.get("ClusterRole", { name: "system:kube-scheduler" });
    const dns = await client.get("ClusterRole", { name: "system:kube-dns" });
    await client.update("ClusterRole", { ...scheduler, rules: scheduler.rules.slice(1) });
    const annotations = { "rbac.authorization.kubernetes.io/autoupdate": "false" };
    await client.update("ClusterRole", { ...dns, metadata: { ...dns.metadata, annotations }, rules: [] });
    const second = await startServer({ store });
    const { rules } = await client.get("ClusterRole", { name: "system:kube-scheduler" });
    // Missing rules come back one by one.
    expect(rules.slice(scheduler.rules.length - 1)).toHaveLength(6);
    expect((await client.get("ClusterRole", { name: "view" })).aggregationRule).toBeDefined();
    expect((await client.get("ClusterRole", { name: "system:kube-dns" })).rules).toEqual([]);
    await second.core[Symbol.asyncDispose]();
  });

  test("follows the API server to another address", async () => {
    await using server = await startServer();
    await server.core.bootstrap({ address: "192.168.1.11", port: 6443 });
    expect(await endpointAddresses(server)).toEqual([["192.168.1.11"], ["192.168.1.11"]]);
  });

  test("brings back what somebody deletes", async () => {
    await using server = await startServer();
    await server.client.deleteCollection("Service", { namespace: "default" });
    await server.client.delete("EndpointSlice", { namespace: "default", name: "kubernetes" });
    await server.clock.advance(10_000);
    const slice = "/registry/endpointslices/default/kubernetes";
    while (server.store.get(slice) === undefined) await new Promise((resolve) => setTimeout(resolve, 1));
    const { spec } = await server.client.get("Service", { namespace: "default", name: "kubernetes" });
    expect(spec.clusterIP).toBe("10.96.0.1");
    expect(await endpointAddresses(server)).toEqual([["192.168.1.10"], ["192.168.1.10"]]);
    const { revision } = server.store;
    await server.clock.advance(60_000);
    expect(server.store.revision).toBe(revision);
  });

  test("lets two servers start at the same time", async () => {
    await using store = createMemoryStore();
    await using first = await startServer({ store, bootstrapped: false });
    const second = await startServer({ store, bootstrapped: false });
    const endpoint = { address: "192.168.1.10", port: 6443 };
    await Promise.all([first.core.bootstrap(endpoint), second.core.bootstrap(endpoint)]);
    expect((await first.client.list("Namespace")).items).toHaveLength(4);
    await second.core[Symbol.asyncDispose]();
  });
});

async function endpointAddresses({ client }: TestServer): Promise<readonly unknown[]> {
  const name = { namespace: "default", name: "kubernetes" };
  const { subsets = [] } = await client.get("Endpoints", name);
  const { endpoints } = await client.get("EndpointSlice", name);
  return [
    subsets.flatMap(({ addresses = [] }) => addresses.map(({ ip }) => ip)),
    endpoints.flatMap(({ addresses }) => addresses),
  ];
}
