import { describe, expect, test } from "bun:test";
import type { Service, ServiceSpec } from "#api/generated/core-v1.ts";
import type { WriteOptions } from "#apimachinery/request.ts";
import { serviceCIDRController } from "#controllers/servicecidr.ts";
import { aCluster, type TestCluster } from "#testing/cluster.ts";
import { anIPAddress, aServiceCIDR } from "#testing/service-cidrs.ts";
import { aNewService } from "#testing/service-objects.ts";
import { failureOf } from "../apiserver/failure.ts";

const start = (): Promise<TestCluster> => aCluster({ controllers: [serviceCIDRController] });

const create = (
  { client }: TestCluster,
  name: string,
  spec: Partial<ServiceSpec> = {},
  options: WriteOptions = {},
): Promise<Service> => client.create("Service", aNewService(name, spec), options);

async function update(cluster: TestCluster, service: Service, spec: Partial<ServiceSpec>): Promise<void> {
  await cluster.client.update("Service", { ...service, spec: { ...service.spec, ...spec } });
}

const remove = (cluster: TestCluster, name: string) =>
  cluster.client.delete("Service", { namespace: "default", name });

/** Each IPAddress with the Service that it names. */
async function allocations(cluster: TestCluster): Promise<readonly string[]> {
  const { items } = await cluster.client.list("IPAddress");
  return items.map(({ metadata, spec }) => `${metadata.name} ${spec.parentRef?.name ?? ""}`);
}

describe("addresses of Services", () => {
  test("are objects as soon as the Service is there, and as long", async () => {
    await using cluster = await start();
    const { spec } = await create(cluster, "web", { clusterIP: "10.96.0.50" });
    expect(await cluster.client.get("IPAddress", { name: spec.clusterIP ?? "" })).toMatchObject({
      metadata: {
        labels: {
          "ipaddress.kubernetes.io/ip-family": "IPv4",
          "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
        },
      },
      spec: { parentRef: { resource: "services", namespace: "default", name: "web" } },
    });
    expect(await allocations(cluster)).toEqual(["10.96.0.1 kubernetes", "10.96.0.50 web"]);
    await remove(cluster, "web");
    expect(await allocations(cluster)).toEqual(["10.96.0.1 kubernetes"]);
  });

  test("go with the type that needs them", async () => {
    await using cluster = await start();
    const web = await create(cluster, "web", { clusterIP: "10.96.0.50" });
    await update(cluster, web, { type: "ExternalName", externalName: "example.com" });
    expect(await allocations(cluster)).toEqual(["10.96.0.1 kubernetes"]);
  });

  test("are neither kept by a dry run nor by a refused Service", async () => {
    await using cluster = await start();
    expect(await failureOf(create(cluster, "Not a name"))).toContain("Invalid");
    await create(cluster, "web", {}, { dryRun: true });
    expect(await allocations(cluster)).toEqual(["10.96.0.1 kubernetes"]);
  });

  test("come back when somebody deletes them, and go when nobody has them", async () => {
    await using cluster = await start();
    await create(cluster, "web", { clusterIP: "10.96.0.50" });
    await cluster.client.delete("IPAddress", { name: "10.96.0.50" });
    await cluster.client.create("IPAddress", anIPAddress("10.96.0.51", "nobody"));
    await cluster.settle();
    expect(await allocations(cluster)).toEqual(["10.96.0.1 kubernetes", "10.96.0.50 web"]);
  });

  test("that others have reserved are not given to Services", async () => {
    await using cluster = await start();
    const reserved = anIPAddress("10.96.0.50", "", {
      metadata: { labels: {} },
      spec: { parentRef: { group: "x.io", resource: "gateways", name: "edge" } },
    });
    await cluster.client.create("IPAddress", reserved);
    expect(await failureOf(create(cluster, "web", { clusterIP: "10.96.0.50" }))).toContain(
      "failed to allocate IP 10.96.0.50: provided IP is already allocated",
    );
    await cluster.client.delete("IPAddress", { name: "10.96.0.50" });
    await create(cluster, "web", { clusterIP: "10.96.0.50" });
  });
});

describe("a further ServiceCIDR", () => {
  const further = aServiceCIDR("more", ["10.200.0.0/28"]);
  const clusterIP = "10.200.0.7";

  test("gives addresses to Services, and cannot go before them", async () => {
    await using cluster = await start();
    expect(await failureOf(create(cluster, "web", { clusterIP }))).toContain(
      "the provided network does not match the current range",
    );
    await cluster.client.create("ServiceCIDR", further);
    await create(cluster, "web", { clusterIP });
    await cluster.settle();
    expect(await readiness(cluster)).toBe("True: Kubernetes Service CIDR is ready");

    await cluster.client.delete("ServiceCIDR", { name: "more" });
    await cluster.advance(20_000);
    expect(await readiness(cluster)).toContain("False: There are still IPAddresses referencing");
    expect(await failureOf(create(cluster, "other", { clusterIP: "10.200.0.8" }))).toContain(
      "the provided network does not match the current range",
    );

    await remove(cluster, "web");
    await cluster.advance(20_000);
    expect(await failureOf(cluster.client.get("ServiceCIDR", { name: "more" }))).toContain("NotFound");
  });

  test("goes by itself a while after its deletion", async () => {
    await using cluster = await start();
    await cluster.client.create("ServiceCIDR", further);
    await cluster.settle();
    await cluster.client.delete("ServiceCIDR", { name: "more" });
    await cluster.advance(5000);
    expect(await readiness(cluster)).toContain("True");
    await cluster.advance(6000);
    expect(await failureOf(cluster.client.get("ServiceCIDR", { name: "more" }))).toContain("NotFound");
  });

  async function readiness(cluster: TestCluster): Promise<string> {
    const { status } = await cluster.client.get("ServiceCIDR", { name: "more" });
    return (status?.conditions ?? []).map(({ status: value, message }) => `${value}: ${message}`).join(" ");
  }
});
