import { describe, expect, test } from "bun:test";
import type { NewObject } from "#apimachinery/meta.ts";
import { createClient } from "#client/create-client.ts";
import { silentLogger } from "#observability/logger.ts";
import { ReflectedInformers } from "#reconcile/shared-informers.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { ModelApi } from "#testing/model-api.ts";
import { anEndpoint, anEndpointSlice, aService } from "#testing/service-objects.ts";
import { FakeConntrack } from "../conntrack/fake-conntrack.ts";
import { IPV4 } from "../nft/address-family.ts";
import { FakeNft } from "../nft/fake-nft.ts";
import { NftError } from "../nft/nft-error.ts";
import type { Packet } from "../nft/packet.ts";
import { addressBytes } from "../nft/value.ts";
import { proxyTable } from "./layout.ts";
import { nftRules } from "./nft-rules.ts";
import { noProxyMetrics } from "./proxy-metrics.ts";
import { createServiceProxy, removeServiceRules } from "./service-proxy.ts";

const table = proxyTable(IPV4);
const options = {
  nodeName: "n1",
  clusterCIDRs: ["10.42.0.0/16"],
  serviceCIDRs: ["10.43.0.0/16"],
};

const RESOURCES: Readonly<Record<string, string>> = {
  Service: "services",
  EndpointSlice: "endpointslices",
  Node: "nodes",
};

class World implements AsyncDisposable {
  readonly api = new ModelApi();
  readonly clock = new FakeClock();
  readonly conntrack = new FakeConntrack();
  readonly nft: FakeNft;
  failures = 0;
  readonly #stack = new AsyncDisposableStack();

  constructor(nft = new FakeNft({ localAddresses: ["192.168.1.1"] })) {
    this.nft = nft;
  }

  start() {
    const dependencies = { clock: this.clock, random: () => 0, logger: silentLogger };
    const informers = this.#stack.use(
      new ReflectedInformers({ ...dependencies, client: createClient(this.api) }),
    );
    const metrics = { ...noProxyMetrics, syncFailed: () => void (this.failures += 1) };
    const { nft, conntrack } = this;
    return this.#stack.use(
      createServiceProxy(options, {
        ...dependencies,
        informers,
        rules: nftRules({ ...dependencies, nft }),
        conntrack,
        metrics,
      }),
    );
  }

  put(...objects: readonly NewObject[]): void {
    for (const object of objects) this.api.put(RESOURCES[object.kind] ?? "", object);
  }

  outcomes(packet: Partial<Packet> = {}): readonly string[] {
    return this.nft.outcomes(table, {
      protocol: "TCP",
      source: "10.42.0.9",
      destination: "10.43.0.1",
      destinationPort: 80,
      ...packet,
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

const web = aService("web", "10.43.0.1");
const webSlice = anEndpointSlice("web", ["10.42.0.5"]);

describe("ServiceProxy", () => {
  test("writes the rules of all Services once both lists are there", async () => {
    await using world = new World();
    world.put(web, webSlice);
    const proxy = world.start();
    expect(() => proxy.check()).toThrow("Service proxy has not yet synced");
    await proxy.ready;
    proxy.check();
    expect(world.outcomes()).toEqual(["10.42.0.5:8080"]);
    expect(world.nft.applied).toHaveLength(1);
  });

  test("follows Services and EndpointSlices as they come, change and go", async () => {
    await using world = new World();
    await world.start().ready;
    expect(world.outcomes()).toEqual(["dropped"]);
    world.put(web);
    await world.clock.advance(50);
    expect(world.outcomes()).toEqual(["rejected"]);
    world.put(webSlice);
    await world.clock.advance(50);
    expect(world.outcomes()).toEqual(["10.42.0.5:8080"]);
    world.put(anEndpointSlice("web", ["10.42.0.6"]));
    await world.clock.advance(50);
    expect(world.outcomes()).toEqual(["10.42.0.6:8080"]);
    world.api.remove("endpointslices", { namespace: "default", name: "web-1" });
    await world.clock.advance(50);
    expect(world.outcomes()).toEqual(["rejected"]);
    world.api.remove("services", { namespace: "default", name: "web" });
    await world.clock.advance(50);
    expect(world.outcomes()).toEqual(["dropped"]);
  });

  test("plans all Services anew when the node changes its zone", async () => {
    await using world = new World();
    const inZone = (zone: string): NewObject => ({
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "n1", labels: { "topology.kubernetes.io/zone": zone } },
    });
    const endpoints = ["z1", "z2"].map((zone, index) =>
      anEndpoint(`10.42.${String(index)}.5`, { node: "n9", forZones: [zone] }),
    );
    world.put(inZone("z1"), web, anEndpointSlice("web", endpoints));
    await world.start().ready;
    expect(world.outcomes()).toEqual(["10.42.0.5:8080"]);
    world.put(inZone("z2"));
    await world.clock.advance(50);
    expect(world.outcomes()).toEqual(["10.42.1.5:8080"]);
  });

  test("gives an EndpointSlice that changes its Service back", async () => {
    await using world = new World();
    world.put(web, aService("other", "10.43.0.2"), webSlice);
    await world.start().ready;
    const labels = { "kubernetes.io/service-name": "other" };
    world.put({ ...webSlice, metadata: { ...webSlice.metadata, labels } });
    await world.clock.advance(50);
    expect(world.outcomes()).toEqual(["rejected"]);
    expect(world.outcomes({ destination: "10.43.0.2" })).toEqual(["10.42.0.5:8080"]);
  });

  test("writes changes that come together in one transaction", async () => {
    await using world = new World();
    await world.start().ready;
    const before = world.nft.applied.length;
    for (let index = 0; index < 50; index += 1)
      world.put(aService(`s${String(index)}`, `10.43.1.${String(index)}`));
    await world.clock.advance(100);
    expect(world.nft.applied.length - before).toBeLessThanOrEqual(2);
    expect(world.outcomes({ destination: "10.43.1.49" })).toEqual(["rejected"]);
  });

  test("adopts the rules of an earlier process without writing anything", async () => {
    await using first = new World();
    first.put(web, webSlice);
    await first.start().ready;
    await using second = new World(first.nft);
    second.put(web, webSlice);
    const before = second.nft.applied.length;
    await second.start().ready;
    expect(second.nft.applied.slice(before).flatMap(({ operations }) => operations)).toEqual([]);
    expect(second.outcomes()).toEqual(["10.42.0.5:8080"]);
  });

  test("leaves the rules of an earlier process alone until it knows all Services", async () => {
    await using first = new World();
    first.put(web, webSlice);
    await first.start().ready;
    await using second = new World(first.nft);
    second.api.failWith(({ target }) =>
      target.resource === "endpointslices" ? new Error("down") : undefined,
    );
    second.start();
    await second.clock.advance(5_000);
    expect(second.outcomes()).toEqual(["10.42.0.5:8080"]);
  });

  test("tries again while the kernel refuses, and says that it is not well", async () => {
    await using world = new World();
    const proxy = world.start();
    await proxy.ready;
    world.nft.failure = new NftError({ code: "failed", operation: undefined }, "EPERM");
    world.put(web, webSlice);
    await world.clock.advance(2_000);
    expect(() => proxy.check()).toThrow("could not be written");
    expect(world.failures).toBeGreaterThan(1);
    world.nft.failure = undefined;
    await world.clock.advance(60_000);
    proxy.check();
    expect(world.outcomes()).toEqual(["10.42.0.5:8080"]);
  });

  test("repairs a table that somebody flushed", async () => {
    await using world = new World();
    world.put(web, webSlice);
    await world.start().ready;
    world.nft.tamper({ table, operations: [{ type: "deleteTable" }] });
    await world.clock.advance(1_000);
    expect(world.outcomes()).toEqual(["10.42.0.5:8080"]);
  });

  test("leaves the rules in place when it stops, and removes them on demand", async () => {
    const world = new World();
    world.put(web, webSlice);
    await world.start().ready;
    await world[Symbol.asyncDispose]();
    expect(world.clock.pending).toBe(0);
    expect(world.outcomes()).toEqual(["10.42.0.5:8080"]);
    removeServiceRules(world.nft);
    removeServiceRules(world.nft);
    expect(world.nft.read(table)).toBeUndefined();
  });
});

describe("ServiceProxy and UDP", () => {
  const dns = aService("dns", "10.43.0.10", {
    type: "NodePort",
    ports: [{ port: 53, protocol: "UDP", nodePort: 30053 }],
  });
  const slice = (...addresses: readonly string[]) =>
    anEndpointSlice("dns", addresses, { ports: [{ name: "", port: 53, protocol: "UDP" }] });
  const address = (text: string) => addressBytes(text) ?? "";
  const connection = (
    destination: string,
    port: number,
    endpoint: string,
    protocol: "UDP" | "TCP" = "UDP",
  ) => ({
    protocol,
    original: {
      source: address("10.42.0.9"),
      destination: address(destination),
      sourcePort: 5000,
      destinationPort: port,
    },
    reply: {
      source: address(endpoint),
      destination: address("10.42.0.9"),
      sourcePort: 53,
      destinationPort: 5000,
    },
  });
  const A = "10.42.0.5";
  const B = "10.42.0.6";

  test("forgets connections to endpoints that are gone, and no others", async () => {
    await using world = new World();
    world.put(dns, slice(A, B));
    await world.start().ready;
    const kept = [
      connection("10.43.0.10", 53, B),
      connection("192.168.1.1", 30053, B),
      connection("8.8.8.8", 53, "8.8.8.8"),
      connection("10.43.0.10", 53, A, "TCP"),
    ];
    for (const each of [...kept, connection("10.43.0.10", 53, A), connection("192.168.1.1", 30053, A)]) {
      world.conntrack.add(each);
    }
    world.put(slice(B));
    await world.clock.advance(50);
    const left = (["UDP", "TCP"] as const).flatMap((protocol) =>
      world.conntrack.entries({ family: "ip", protocol }),
    );
    expect(left).toEqual(kept);
  });

  test("forgets untranslated connections of all protocols when it had to repair its rules", async () => {
    await using world = new World();
    world.put(web, dns, webSlice, slice(A));
    await world.start().ready;
    const kept = [connection("10.43.0.1", 80, A, "TCP"), connection("8.8.8.8", 80, "8.8.8.8", "TCP")];
    for (const each of [...kept, connection("10.43.0.1", 80, "10.43.0.1", "TCP")]) world.conntrack.add(each);
    world.conntrack.add(connection("192.168.1.1", 30053, "192.168.1.1"));
    world.nft.tamper({ table, operations: [{ type: "deleteTable" }] });
    await world.clock.advance(1_000);
    const left = (["UDP", "TCP"] as const).flatMap((protocol) =>
      world.conntrack.entries({ family: "ip", protocol }),
    );
    expect(left).toEqual(kept);
  });

  test("forgets connections that began before the Service had an endpoint", async () => {
    await using world = new World();
    world.put(dns);
    await world.start().ready;
    world.conntrack.add(connection("10.43.0.10", 53, "10.43.0.10"));
    world.put(slice(A));
    await world.clock.advance(50);
    expect(world.conntrack.entries({ family: "ip", protocol: "UDP" })).toEqual([]);
  });

  test("keeps connections to an endpoint that terminates and still serves, and when there is none left", async () => {
    await using world = new World();
    world.put(dns, slice(A));
    await world.start().ready;
    world.conntrack.add(connection("10.43.0.10", 53, A));
    const terminating = anEndpoint(A, { ready: false, serving: true, terminating: true });
    world.put(
      anEndpointSlice("dns", [terminating, anEndpoint(B)], {
        ports: [{ name: "", port: 53, protocol: "UDP" }],
      }),
    );
    await world.clock.advance(50);
    world.put(slice());
    await world.clock.advance(50);
    expect(world.conntrack.entries({ family: "ip", protocol: "UDP" })).toHaveLength(1);
  });
});
