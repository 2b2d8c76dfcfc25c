import { describe, expect, test } from "bun:test";
import type { Service, ServiceSpec } from "#api/generated/core-v1.ts";
import { seededRandom } from "#testing/seeded-random.ts";
import { IMPLEMENTATIONS, useStore } from "../../contract/store-fixtures.ts";
import { failureOf } from "./failure.ts";
import { startServer, type TestServer, type TestServerOptions } from "./server.ts";

describe.each(IMPLEMENTATIONS.filter(({ name }) => !name.includes("history")))(
  "services over $name",
  ({ open }) => {
    const under = useStore(open);

    const start = (options: TestServerOptions = {}): Promise<TestServer> =>
      startServer({ store: under.store, ...options });

    test("get an address of their own, and give it back", async () => {
      const server = await start({ serviceCIDR: "10.43.0.0/29" });
      const services: Service[] = [];
      for (const name of ["a", "b", "c", "d", "e"]) services.push(await create(server, name));
      const addresses = services.map(({ spec }) => spec.clusterIP);
      expect(new Set(addresses).size).toBe(5);
      expect(await failureOf(create(server, "f"))).toBe(
        "500 InternalError: Internal error occurred: failed to allocate a serviceIP: range is full",
      );
      await remove(server, "c");
      await settled();
      expect((await create(server, "f")).spec.clusterIP).toBe(services[2]?.spec.clusterIP as string);
    });

    test("are never given the same address or port, whoever writes at the same time", async () => {
      const server = await start({ serviceCIDR: "10.43.0.0/24", nodePorts: [30_000, 30_099] });
      const random = seededRandom(7);
      const names = Array.from({ length: 30 }, (_, index) => `s${String(index)}`);
      for (let round = 0; round < 8; round += 1) {
        await Promise.all(names.map((name) => change(server, name, random())));
        await settled();
        await checkNoDoubles(server);
      }
    });

    test("that all want the same address and port: one gets them", async () => {
      const server = await start();
      const wanted = {
        type: "NodePort",
        clusterIP: "10.96.0.50",
        ports: [{ port: 80, nodePort: 30_500 }],
      } as const;
      const names = Array.from({ length: 20 }, (_, index) => `s${String(index)}`);
      const results = await Promise.allSettled(names.map((name) => create(server, name, wanted)));
      expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    });

    test("keep their addresses over a restart", async () => {
      const first = await start({ serviceCIDR: "10.43.0.0/29" });
      const { spec } = await create(first, "a");
      await first.core[Symbol.asyncDispose]();
      const second = await start({ serviceCIDR: "10.43.0.0/29" });
      expect(await failureOf(create(second, "b", { clusterIP: spec.clusterIP as string }))).toContain(
        "provided IP is already allocated",
      );
    });

    test("of a failed or tried write leave nothing taken", async () => {
      const server = await start();
      const clusterIP = "10.96.0.77";
      await failureOf(create(server, "Bad Name", { clusterIP }));
      await create(server, "dry", { clusterIP }, { dryRun: true });
      await create(server, "a");
      await failureOf(create(server, "a", { clusterIP }));
      expect((await create(server, "b", { clusterIP })).spec.clusterIP).toBe(clusterIP);
    });
  },
);

describe("services", () => {
  test("change their type, and what they have with it", async () => {
    await using server = await startServer();
    const plain = await create(server, "a");
    const exposed = await update(server, plain, { type: "NodePort" });
    const [port] = exposed.spec.ports ?? [];
    expect(port?.nodePort).toBeWithin(30_000, 32_768);
    const balanced = await update(server, exposed, {
      type: "LoadBalancer",
      externalTrafficPolicy: "Local",
    });
    expect(balanced.spec.healthCheckNodePort).toBeWithin(30_000, 32_768);
    expect(balanced.spec.ports?.[0]?.nodePort).toBe(port?.nodePort as number);
    const back = await update(server, balanced, { type: "ClusterIP" });
    expect(back.spec.ports?.[0]?.nodePort).toBeUndefined();
    expect(back.spec.healthCheckNodePort).toBeUndefined();
    expect(back.spec.clusterIP).toBe(plain.spec.clusterIP as string);
    await settled();
    const ports = [{ port: 80, nodePort: port?.nodePort as number }];
    const other = await create(server, "b", { type: "NodePort", ports });
    expect(other.spec.ports?.[0]?.nodePort).toBe(port?.nodePort as number);
    const external = await update(server, back, { type: "ExternalName", externalName: "example.com" });
    expect(external.spec.clusterIP).toBeUndefined();
    expect(external.spec.clusterIPs).toBeUndefined();
    expect(external.spec.ipFamilies).toBeUndefined();
  });

  test("without an address of their own", async () => {
    await using server = await startServer();
    const headless = await create(server, "a", { clusterIP: "None" });
    expect(headless.spec).toMatchObject({ clusterIP: "None", clusterIPs: ["None"], ipFamilies: ["IPv4"] });
  });

  test.each<[string, Partial<ServiceSpec>, string]>([
    [
      "an address outside of the range",
      { clusterIP: "192.168.0.1" },
      "failed to allocate IP 192.168.0.1: the provided network does not match the current range",
    ],
    ["an address that is taken", { clusterIP: "10.96.0.1" }, "provided IP is already allocated"],
    ["no address", { clusterIP: "10.96" }, "must be a valid IP address"],
    [
      "a port outside of the range",
      { type: "NodePort", ports: [{ port: 80, nodePort: 80 }] },
      "provided port is not in the valid range. The range of valid ports is 30000-32767",
    ],
    [
      "two families",
      { ipFamilyPolicy: "RequireDualStack" },
      "this cluster is not configured for dual-stack services",
    ],
  ])("are refused with %s", async (_what, spec, failure) => {
    await using server = await startServer();
    expect(await failureOf(create(server, "a", spec))).toContain(failure);
  });

  test("keep what was given to them when a client leaves it out", async () => {
    await using server = await startServer();
    const created = await create(server, "a", { type: "NodePort" });
    const { object } = await server.sendForObject(
      { kind: "Service", namespace: "default", name: "a" },
      {
        verb: "update",
        object: {
          metadata: { name: "a" },
          spec: { type: "NodePort", selector: { app: "new" }, ports: [{ port: 80 }] },
        },
      },
    );
    expect(object).toMatchObject({
      spec: { clusterIP: created.spec.clusterIP, ports: created.spec.ports, selector: { app: "new" } },
    });
  });

  test("take their endpoints with them", async () => {
    await using server = await startServer();
    await create(server, "a");
    await server.client.create("Endpoints", {
      apiVersion: "v1",
      kind: "Endpoints",
      metadata: { name: "a", namespace: "default" },
      subsets: [],
    });
    await remove(server, "a");
    expect(await failureOf(server.client.get("Endpoints", { namespace: "default", name: "a" }))).toBe(
      '404 NotFound: endpoints "a" not found',
    );
  });
});

function create(
  server: TestServer,
  name: string,
  spec: Partial<ServiceSpec> = {},
  options: { readonly dryRun?: boolean } = {},
): Promise<Service> {
  return server.client.create(
    "Service",
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, namespace: "default" },
      spec: { ports: [{ port: 80 }], selector: { app: "web" }, ...spec },
    },
    options,
  );
}

function update(server: TestServer, service: Service, spec: Partial<ServiceSpec>): Promise<Service> {
  return server.client.update("Service", { ...service, spec: { ...service.spec, ...spec } });
}

function remove({ client }: TestServer, name: string): Promise<void> {
  return client.delete("Service", { namespace: "default", name });
}

/** Creates the service, or changes it to something else, or deletes it. Failures are part of it. */
async function change(server: TestServer, name: string, choice: number): Promise<void> {
  try {
    const present = await server.client.get("Service", { namespace: "default", name }).catch(() => undefined);
    if (present === undefined) {
      await create(server, name, { type: choice < 0.5 ? "NodePort" : "ClusterIP" });
    } else if (choice < 0.3) {
      await remove(server, name);
    } else {
      await update(server, present, { type: choice < 0.6 ? "NodePort" : "ClusterIP" });
    }
  } catch (error) {
    // The ranges are small: some writes find them full.
    if (!(error instanceof Error && error.message.includes("range is full"))) throw error;
  }
}

async function checkNoDoubles({ client }: TestServer): Promise<void> {
  const { items } = await client.list("Service");
  const addresses = items.map(({ spec }) => spec.clusterIP);
  expect(new Set(addresses).size).toBe(items.length);
  const ports = items.flatMap(({ spec }) => (spec.ports ?? []).map(({ nodePort }) => nodePort ?? 0));
  const nodePorts = ports.filter((port) => port !== 0);
  expect(new Set(nodePorts).size).toBe(nodePorts.length);
}

/** The allocator has seen what was written. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}
