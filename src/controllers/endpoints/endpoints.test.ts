import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { EndpointSubset, Endpoints, Pod, Service } from "#api/generated/core-v1.ts";
import { describePlan } from "#testing/actions.ts";
import { anEndpointPod } from "#testing/endpoint-pods.ts";
import { anEndpoints, aService as buildService, type ServiceOptions } from "#testing/objects.ts";
import { PlanModel } from "#testing/plan-model.ts";
import { planEndpoints } from "./endpoints.ts";
import { packSubsets, truncateSubsets, unpackSubsets } from "./subsets.ts";

const aService = (options: ServiceOptions = {}): Service =>
  buildService("web", { ports: [{ name: "http", port: 80, targetPort: 8080 }], ...options });

function settle(service: Service, pods: readonly Pod[], before?: Endpoints): Endpoints | undefined {
  const model = new PlanModel(before === undefined ? [] : [before]);
  const endpoints = (): Endpoints | undefined => model.of<Endpoints>("Endpoints")[0];
  model.apply(planEndpoints({ service, pods, endpoints: endpoints() }));
  expect(describePlan(planEndpoints({ service, pods, endpoints: endpoints() })), "rests").toEqual([]);
  return endpoints();
}

/** Subsets as `ready !notReady ports`, as kubectl sorts them. */
function describeSubsets(subsets: readonly EndpointSubset[] = []): string[] {
  return subsets.map(({ addresses = [], notReadyAddresses = [], ports = [] }) =>
    [
      ...addresses.map(({ ip, hostname }) => `${hostname === undefined ? "" : `${hostname}=`}${ip}`),
      ...notReadyAddresses.map(({ ip }) => `!${ip}`),
      ...ports.map(({ name = "", port, protocol = "" }) => `${name}:${String(port)}/${protocol}`),
    ].join(" "),
  );
}

describe("planEndpoints", () => {
  const two = [
    { name: "a", port: 80, targetPort: 8080 },
    { name: "b", port: 81, targetPort: 8081 },
  ];
  const cases: { name: string; service: Service; pods: Pod[]; want: string[] }[] = [
    { name: "nothing without pods", service: aService(), pods: [], want: [] },
    {
      name: "ready pods and others",
      service: aService(),
      pods: [
        anEndpointPod("p0"),
        anEndpointPod("p1", { isReady: false }),
        anEndpointPod("p2", { isTerminating: true }),
      ],
      want: ["10.42.0.1 !10.42.0.2 http:8080/TCP"],
    },
    {
      name: "pods that are not ready, where they are to be published",
      service: aService({ spec: { publishNotReadyAddresses: true } }),
      pods: [anEndpointPod("p1", { isReady: false }), anEndpointPod("p2", { isTerminating: true })],
      want: ["10.42.0.2 10.42.0.3 http:8080/TCP"],
    },
    {
      name: "ports of the same addresses together",
      service: aService({ ports: two }),
      pods: [anEndpointPod("p0"), anEndpointPod("p1")],
      want: ["10.42.0.1 10.42.0.2 a:8080/TCP b:8081/TCP"],
    },
    {
      name: "pods with different ports apart",
      service: aService({ ports: [{ name: "http", port: 80, targetPort: "http" }] }),
      pods: [
        anEndpointPod("p0"),
        anEndpointPod("p1", {
          spec: { containers: [{ name: "c", ports: [{ name: "http", containerPort: 9090 }] }] },
        }),
      ],
      want: ["10.42.0.1 http:8080/TCP", "10.42.0.2 http:9090/TCP"],
    },
    {
      name: "a headless Service without ports",
      service: aService({ ports: [], spec: { clusterIP: "None" } }),
      pods: [anEndpointPod("p0", { spec: { containers: [], hostname: "a", subdomain: "web" } })],
      want: ["a=10.42.0.1"],
    },
    {
      name: "the first family of a dual-stack Service",
      service: aService({ spec: { ipFamilies: ["IPv6", "IPv4"] } }),
      pods: [anEndpointPod("p0", { ips: ["10.42.0.1", "fd00::1"] })],
      want: ["fd00::1 http:8080/TCP"],
    },
    {
      name: "no pods that have ended",
      service: aService(),
      pods: [anEndpointPod("p0", { phase: "Failed" })],
      want: [],
    },
  ];
  test.each(cases)("has $name", ({ service, pods, want }) => {
    expect(describeSubsets(settle(service, pods)?.subsets)).toEqual(want);
  });

  test("labels its Endpoints and says whom an address belongs to", () => {
    const service = aService({ labels: { team: "a" }, spec: { clusterIP: "None" } });
    const endpoints = settle(service, [anEndpointPod("p0")]);
    expect(endpoints?.metadata).toMatchObject({
      name: "web",
      namespace: "default",
      labels: {
        team: "a",
        "service.kubernetes.io/headless": "",
        "endpoints.kubernetes.io/managed-by": "endpoint-controller",
      },
    });
    expect(endpoints?.subsets?.[0]?.addresses).toEqual([
      {
        ip: "10.42.0.1",
        nodeName: "n1",
        targetRef: { kind: "Pod", namespace: "default", name: "p0", uid: "uid-p0" },
      },
    ]);
  });

  test("takes over what was there, and deletes what no Service has", () => {
    const theirs = anEndpoints("web", {
      annotations: { note: "x" },
      subsets: [{ addresses: [{ ip: "1.2.3.4" }], ports: [{ port: 1 }] }],
    });
    const endpoints = settle(aService(), [anEndpointPod("p0")], theirs);
    expect(describeSubsets(endpoints?.subsets)).toEqual(["10.42.0.1 http:8080/TCP"]);
    expect(endpoints?.metadata.annotations?.["note"]).toBe("x");
    expect(describePlan(planEndpoints({ service: undefined, pods: [], endpoints }))).toEqual([
      "delete Endpoints web",
    ]);
    expect(planEndpoints({ service: undefined, pods: [], endpoints: undefined }).actions).toEqual([]);
  });

  test("holds 1000 addresses and says that there are more, until there are not", () => {
    const many = Array.from({ length: 1100 }, (_, index) => anEndpointPod(`p${String(index)}`));
    const full = settle(aService(), many);
    expect(full?.subsets?.[0]?.addresses).toHaveLength(1000);
    expect(full?.metadata.annotations?.["endpoints.kubernetes.io/over-capacity"]).toBe("truncated");
    const less = settle(aService(), many.slice(0, 900), full);
    expect(less?.subsets?.[0]?.addresses).toHaveLength(900);
    expect(less?.metadata.annotations).not.toHaveProperty("endpoints.kubernetes.io/over-capacity");
  });

  test("order-independent", () => {
    const pods = fc
      .uniqueArray(fc.nat(50), { maxLength: 12 })
      .map((numbers) =>
        numbers.map((number) => anEndpointPod(`p${String(number)}`, { isReady: number % 3 > 0 })),
      );
    const shuffled = pods.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(shuffled, ([all, other]) => {
        const plan = (listed: readonly Pod[]): unknown =>
          planEndpoints({ service: aService(), pods: listed, endpoints: undefined });
        expect(plan(other)).toEqual(plan(all));
      }),
    );
  });
});

describe("subsets", () => {
  const address = fc
    .nat(30)
    .map((number) => ({ ip: `10.0.0.${String(number)}`, targetRef: { uid: String(number) } }));
  const subset: fc.Arbitrary<EndpointSubset> = fc.record({
    addresses: fc.array(address, { maxLength: 5 }),
    notReadyAddresses: fc.array(address, { maxLength: 5 }),
    ports: fc.array(
      fc.constantFrom(80, 81, 82).map((port) => ({ port })),
      { maxLength: 2 },
    ),
  });
  const subsets = fc.array(subset, { maxLength: 5 });
  const pack = (all: readonly EndpointSubset[]): readonly EndpointSubset[] => packSubsets(unpackSubsets(all));
  const facts = (all: readonly EndpointSubset[]): Set<string> =>
    new Set(
      unpackSubsets(all).flatMap(({ address: { ip }, port }) =>
        // That an address also serves no port says nothing more.
        port === undefined ? [ip] : [ip, `${ip}:${String(port.port)}`],
      ),
    );

  test("packing again changes nothing, and packing loses and invents no address", () => {
    fc.assert(
      fc.property(subsets, (all) => {
        expect(pack(pack(all))).toEqual(pack(all));
        expect(facts(pack(all))).toEqual(facts(all));
      }),
    );
  });

  test("an address that is ready and not ready is not", () => {
    const both = {
      addresses: [{ ip: "10.0.0.1" }],
      notReadyAddresses: [{ ip: "10.0.0.1" }],
      ports: [{ port: 80 }],
    };
    expect(describeSubsets(pack([both]))).toEqual(["!10.0.0.1 :80/"]);
  });

  test("truncation takes from every subset by its size, and ready addresses stay first", () => {
    const list = (count: number, from: number): { ip: string }[] =>
      Array.from({ length: count }, (_, index) => ({
        ip: `10.${String(from)}.${String(Math.floor(index / 250))}.${String(index % 250)}`,
      }));
    const sizes = (all: readonly EndpointSubset[]): number[][] =>
      all.map(({ addresses = [], notReadyAddresses = [] }) => [addresses.length, notReadyAddresses.length]);
    expect(
      sizes(
        truncateSubsets([
          { addresses: list(900, 1) },
          { addresses: list(300, 2), notReadyAddresses: list(50, 3) },
        ]),
      ),
    ).toEqual([
      [750, 0],
      [250, 0],
    ]);
    expect(
      sizes(
        truncateSubsets([
          { addresses: list(800, 1), notReadyAddresses: list(300, 2) },
          { notReadyAddresses: list(100, 3) },
        ]),
      ),
    ).toEqual([
      [800, 150],
      [0, 50],
    ]);
    const few = [{ addresses: list(1000, 1) }];
    expect(truncateSubsets(few)).toBe(few);
  });
});
