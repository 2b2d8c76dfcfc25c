import { describe, expect, test } from "bun:test";
import { silentLogger } from "#observability/logger.ts";
import type { EventFacts } from "#reconcile/action.ts";
import { anEndpoint, anEndpointSlice, aService } from "#testing/service-objects.ts";
import { IPV4, IPV6 } from "../../nft/address-family.ts";
import type { AnswerPath, HealthAnswer } from "./health-answer.ts";
import { planServiceHealth } from "./service-health.ts";
import { ServiceHealthPorts } from "./service-health-ports.ts";

const node = { name: "n1", family: IPV4, clusterCIDRs: ["10.42.0.0/16"], serviceCIDRs: ["10.43.0.0/16"] };

const loadBalancer = {
  type: "LoadBalancer",
  externalTrafficPolicy: "Local",
  healthCheckNodePort: 31000,
  ports: [{ name: "a" }, { name: "b", port: 81 }],
} as const;
const ports = [
  { name: "a", port: 8080, protocol: "TCP" },
  { name: "b", port: 8081, protocol: "TCP" },
] as const;

describe("planServiceHealth", () => {
  const slices = [
    anEndpointSlice(
      "web",
      [
        anEndpoint("10.42.0.5"),
        anEndpoint("10.42.0.6"),
        anEndpoint("10.42.0.7", { ready: false, serving: true, terminating: true }),
        anEndpoint("10.42.1.5", { node: "n2" }),
      ],
      { ports },
    ),
  ];

  test("counts addresses on this node that are ready, once for all ports", () => {
    expect(planServiceHealth(aService("web", "10.43.0.1", loadBalancer), slices, node)).toEqual({
      namespace: "default",
      name: "web",
      port: 31000,
      localEndpoints: 2,
    });
  });

  test.each([
    { name: "external traffic policy Cluster", facts: { externalTrafficPolicy: "Cluster" } },
    { name: "no load balancer", facts: { type: "NodePort" } },
    { name: "no port", facts: { healthCheckNodePort: 0 } },
    { name: "another family", facts: {}, family: IPV6 },
  ] as const)("nothing for $name", ({ facts, ...other }) => {
    const service = aService("web", "10.43.0.1", { ...loadBalancer, ...facts });
    expect(planServiceHealth(service, slices, { ...node, ...other })).toBeUndefined();
  });
});

class World {
  readonly open = new Map<number, AnswerPath>();
  readonly events: EventFacts[] = [];
  readonly taken = new Set<number>();
  isProxyHealthy = true;
  readonly ports = new ServiceHealthPorts({
    nodeName: "n1",
    listen: ({ port }, answer) => {
      if (this.open.has(port) || this.taken.has(port)) throw new Error("address already in use");
      this.open.set(port, answer);
      return { [Symbol.dispose]: () => void this.open.delete(port) };
    },
    isProxyHealthy: () => this.isProxyHealthy,
    events: { record: (_about, event) => void this.events.push(event) },
    logger: silentLogger,
  });

  set(name: string, port: number, localEndpoints = 1): void {
    this.ports.set(`default/${name}`, { namespace: "default", name, port, localEndpoints });
  }

  ask(port: number): HealthAnswer | undefined {
    return this.open.get(port)?.("/anything") as HealthAnswer | undefined;
  }
}

describe("ServiceHealthPorts", () => {
  test("answers as kube-proxy does", () => {
    const world = new World();
    world.set("web", 31000, 2);
    world.ports.apply();
    expect(world.ask(31000)).toEqual({
      status: 200,
      headers: {
        "Content-Type": "application/json",
        "X-Content-Type-Options": "nosniff",
        "X-Load-Balancing-Endpoint-Weight": "2",
      },
      body: [
        "{",
        '\t"service": {',
        '\t\t"namespace": "default",',
        '\t\t"name": "web"',
        "\t},",
        '\t"localEndpoints": 2,',
        '\t"serviceProxyHealthy": true',
        "}",
      ].join("\n"),
    });
  });

  test("refuses without local endpoints, and while the proxy is not healthy", () => {
    const world = new World();
    world.set("web", 31000);
    world.ports.apply();
    world.isProxyHealthy = false;
    expect(world.ask(31000)?.status).toBe(503);
    world.isProxyHealthy = true;
    world.set("web", 31000, 0);
    expect(world.ask(31000)).toMatchObject({
      status: 503,
      headers: { "X-Load-Balancing-Endpoint-Weight": "0" },
    });
  });

  test("follows Services, and lets two of them change ports with each other", () => {
    const world = new World();
    world.set("a", 31000);
    world.set("b", 31001);
    world.ports.apply();
    world.set("a", 31001);
    world.set("b", 31000);
    world.ports.apply();
    expect(world.ask(31001)?.body).toContain('"name": "a"');
    expect(world.ask(31000)?.body).toContain('"name": "b"');
    world.ports.set("default/a", undefined);
    world.ports.apply();
    expect([...world.open.keys()]).toEqual([31000]);
    world.ports[Symbol.dispose]();
    expect(world.open.size).toBe(0);
  });

  test("tells of a port that another program has, and tries again", () => {
    const world = new World();
    world.taken.add(31000);
    world.set("web", 31000);
    world.ports.apply();
    expect(world.events).toEqual([
      {
        type: "Warning",
        reason: "FailedToStartServiceHealthcheck",
        message: 'node n1 failed to start healthcheck "default/web" on port 31000: address already in use',
      },
    ]);
    world.taken.clear();
    world.ports.apply();
    expect(world.ask(31000)?.status).toBe(200);
  });
});
