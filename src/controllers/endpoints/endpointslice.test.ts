import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Node, Pod, Service } from "#api/generated/core-v1.ts";
import type { Endpoint, EndpointSlice } from "#api/generated/discovery-v1.ts";
import { controllerReference } from "#apimachinery/owners.ts";
import { describePlan } from "#testing/actions.ts";
import { anEndpointPod, aZoneNode } from "#testing/endpoint-pods.ts";
import { aService as buildService, type ServiceOptions } from "#testing/objects.ts";
import { PlanModel } from "#testing/plan-model.ts";
import { type EndpointSliceView, planEndpointSlices } from "./endpointslice.ts";

const aService = (options: ServiceOptions = {}): Service =>
  buildService("web", {
    ports: [{ name: "http", port: 80, targetPort: 8080 }],
    creationTimestamp: "2026-01-01T00:00:00Z",
    ...options,
  });

const nodes = new Map<string, Node>([
  ["n1", aZoneNode("n1", "z1")],
  ["n2", aZoneNode("n2", "z2")],
]);

function aView(
  service: Service,
  pods: readonly Pod[],
  slices: readonly EndpointSlice[] = [],
): EndpointSliceView {
  return { service, pods, nodes, slices };
}

/** The slices that there are after the plan has been carried out until it rests. */
function settle(
  service: Service,
  pods: readonly Pod[],
  slices: readonly EndpointSlice[] = [],
): readonly EndpointSlice[] {
  const model = new PlanModel(slices);
  for (let round = 0; round < 3; round += 1)
    model.apply(planEndpointSlices(aView(service, pods, model.of("EndpointSlice"))));
  expect(describePlan(planEndpointSlices(aView(service, pods, model.of("EndpointSlice")))), "rests").toEqual(
    [],
  );
  return model.of("EndpointSlice");
}

/** One line for each slice: kind of address, ports, endpoints with the letters of true conditions. */
function describeSlices(slices: readonly EndpointSlice[]): string[] {
  return slices
    .map(({ addressType, ports, endpoints }) => {
      const portTexts = ports.map(
        ({ name, port, protocol }) => `${name ?? ""}:${String(port)}/${protocol ?? ""}`,
      );
      return [addressType, portTexts.join(), ...endpoints.map(describeEndpoint)].join(" ");
    })
    .toSorted();
}

function describeEndpoint({ addresses, conditions, hostname, zone, hints }: Endpoint): string {
  const { ready, serving, terminating } = conditions ?? {};
  const letters = `${ready === true ? "R" : ""}${serving === true ? "S" : ""}${terminating === true ? "T" : ""}`;
  const hint =
    hints === undefined
      ? ""
      : `!${[...(hints.forZones ?? []), ...(hints.forNodes ?? [])].map(({ name }) => name).join("+")}`;
  return `${hostname === undefined ? "" : `${hostname}=`}${addresses.join()}[${letters}]@${zone ?? ""}${hint}`;
}

describe("planEndpointSlices", () => {
  const named = { name: "http", port: 80, targetPort: "http" };
  const cases: { name: string; service: Service; pods: Pod[]; want: string[] }[] = [
    { name: "an empty slice without pods", service: aService(), pods: [], want: ["IPv4 "] },
    {
      name: "pods in every condition",
      service: aService(),
      pods: [
        anEndpointPod("p0"),
        anEndpointPod("p1", { isReady: false }),
        anEndpointPod("p2", { isTerminating: true }),
        anEndpointPod("p3", { isTerminating: true, isReady: false }),
      ],
      want: ["IPv4 http:8080/TCP 10.42.0.1[RS]@z1 10.42.0.2[]@z1 10.42.0.3[ST]@z1 10.42.0.4[T]@z1"],
    },
    {
      name: "all addresses as ready where they are to be published",
      service: aService({ spec: { publishNotReadyAddresses: true } }),
      pods: [anEndpointPod("p1", { isReady: false }), anEndpointPod("p2", { isTerminating: true })],
      want: ["IPv4 http:8080/TCP 10.42.0.2[R]@z1 10.42.0.3[RST]@z1"],
    },
    {
      name: "no pods that have ended or have no address",
      service: aService(),
      pods: [
        anEndpointPod("p0", { phase: "Succeeded" }),
        anEndpointPod("p1", { phase: "Failed" }),
        anEndpointPod("p2", { ips: [] }),
      ],
      want: ["IPv4 "],
    },
    {
      name: "a group for every number behind a port name",
      service: aService({ ports: [named] }),
      pods: [
        anEndpointPod("p0"),
        anEndpointPod("p1", {
          spec: { containers: [{ name: "c", ports: [{ name: "http", containerPort: 9090 }] }] },
        }),
      ],
      want: ["IPv4 http:8080/TCP 10.42.0.1[RS]@z1", "IPv4 http:9090/TCP 10.42.0.2[RS]@z1"],
    },
    {
      name: "pods without the port, which then serve none",
      service: aService({ ports: [named] }),
      pods: [anEndpointPod("p0", { spec: { containers: [{ name: "c" }] } })],
      want: ["IPv4  10.42.0.1[RS]@z1"],
    },
    {
      name: "ports of sidecars",
      service: aService({ ports: [named] }),
      pods: [
        anEndpointPod("p0", {
          spec: {
            containers: [{ name: "c" }],
            initContainers: [
              { name: "s", restartPolicy: "Always", ports: [{ name: "http", containerPort: 7070 }] },
            ],
          },
        }),
      ],
      want: ["IPv4 http:7070/TCP 10.42.0.1[RS]@z1"],
    },
    {
      name: "both families of a dual-stack Service",
      service: aService({ spec: { ipFamilies: ["IPv4", "IPv6"] } }),
      pods: [
        anEndpointPod("p0", { ips: ["10.42.0.1", "fd00::1"] }),
        anEndpointPod("p1", { ips: ["10.42.0.2"] }),
      ],
      want: ["IPv4 http:8080/TCP 10.42.0.1[RS]@z1 10.42.0.2[RS]@z1", "IPv6 http:8080/TCP fd00::1[RS]@z1"],
    },
    {
      name: "a headless Service without ports",
      service: aService({ ports: [], spec: { clusterIP: "None" } }),
      pods: [anEndpointPod("p0")],
      want: ["IPv4  10.42.0.1[RS]@z1"],
    },
    {
      name: "the hostnames of pods that are under the Service's name",
      service: aService(),
      pods: [
        anEndpointPod("p0", { spec: { containers: [], hostname: "a", subdomain: "web" } }),
        anEndpointPod("p1", { spec: { containers: [], hostname: "b", subdomain: "other" } }),
      ],
      want: ["IPv4 http:8080/TCP a=10.42.0.1[RS]@z1 10.42.0.2[RS]@z1"],
    },
    {
      name: "hints for the zone of each endpoint",
      service: aService({ spec: { trafficDistribution: "PreferSameZone" } }),
      pods: [
        anEndpointPod("p0"),
        anEndpointPod("p1", { spec: { containers: [], nodeName: "n2" } }),
        anEndpointPod("p2", { isReady: false }),
      ],
      want: ["IPv4 http:8080/TCP 10.42.0.1[RS]@z1!z1 10.42.0.2[RS]@z2!z2 10.42.0.3[]@z1"],
    },
    {
      name: "hints for zone and node",
      service: aService({ spec: { trafficDistribution: "PreferSameNode" } }),
      pods: [anEndpointPod("p0")],
      want: ["IPv4 http:8080/TCP 10.42.0.1[RS]@z1!z1+n1"],
    },
    {
      name: "no hints where the older annotation asks for its own",
      service: aService({
        spec: { trafficDistribution: "PreferClose" },
        annotations: { "service.kubernetes.io/topology-mode": "Auto" },
      }),
      pods: [anEndpointPod("p0")],
      want: ["IPv4 http:8080/TCP 10.42.0.1[RS]@z1"],
    },
  ];
  test.each(cases)("has $name", ({ service, pods, want }) => {
    expect(describeSlices(settle(service, pods))).toEqual(want);
  });

  test("names, labels and owns its slices as upstream does", () => {
    const service = aService({
      labels: { team: "a", "kubernetes.io/service-name": "liar" },
      spec: { clusterIP: "None" },
    });
    const [action] = planEndpointSlices(aView(service, [anEndpointPod("p0")])).actions;
    expect(action).toMatchObject({
      type: "create",
      object: {
        metadata: {
          generateName: "web-",
          namespace: "default",
          labels: {
            team: "a",
            "kubernetes.io/service-name": "web",
            "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
            "service.kubernetes.io/headless": "",
          },
          annotations: { "endpoints.kubernetes.io/last-change-trigger-time": "2026-01-01T00:00:00Z" },
          ownerReferences: [
            {
              apiVersion: "v1",
              kind: "Service",
              name: "web",
              uid: "uid-web",
              controller: true,
              blockOwnerDeletion: true,
            },
          ],
        },
        endpoints: [
          { nodeName: "n1", targetRef: { kind: "Pod", namespace: "default", name: "p0", uid: "uid-p0" } },
        ],
      },
    });
  });

  test("waits for a node that is not known, and leaves its pods out meanwhile", () => {
    const lost = anEndpointPod("p1", { spec: { containers: [], nodeName: "n9" } });
    const slices = settle(aService(), [anEndpointPod("p0")]);
    expect(describePlan(planEndpointSlices(aView(aService(), [anEndpointPod("p0"), lost], slices)))).toEqual([
      "requeue 5000ms",
    ]);
  });
});

describe("changes", () => {
  const pods = (...numbers: number[]): Pod[] => numbers.map((number) => anEndpointPod(`p${String(number)}`));
  const range = (from: number, to: number): number[] =>
    Array.from({ length: to - from }, (_, index) => from + index);
  const linesOf = (
    service: Service,
    all: readonly Pod[],
    slices: readonly EndpointSlice[],
  ): readonly string[] => describePlan(planEndpointSlices(aView(service, all, slices)));

  test("the first endpoint takes the place of the empty slice, and the last one leaves it", () => {
    const empty = settle(aService(), []);
    expect(linesOf(aService(), pods(1), empty)).toEqual(["update EndpointSlice web-1"]);
    const one = settle(aService(), pods(1), empty);
    expect(linesOf(aService(), [], one)).toEqual(["update EndpointSlice web-1"]);
    expect(describeSlices(settle(aService(), [], one))).toEqual(["IPv4 "]);
  });

  test("a slice holds 100 endpoints, and one more opens another", () => {
    const full = settle(aService(), pods(...range(0, 100)));
    expect(full.map(({ endpoints }) => endpoints.length)).toEqual([100]);
    expect(linesOf(aService(), pods(...range(0, 101)), full)).toEqual(["create EndpointSlice web-*"]);
  });

  test("a change of one endpoint writes its slice alone, and fills it", () => {
    const slices = settle(aService(), pods(...range(0, 150)));
    expect(slices.map(({ endpoints }) => endpoints.length)).toEqual([100, 50]);
    const inSecond = slices[1]?.endpoints[0]?.targetRef?.name ?? "";
    const without = pods(...range(0, 150)).filter(({ metadata }) => metadata.name !== inSecond);
    const added = pods(...range(200, 220));
    expect(linesOf(aService(), [...without, ...added], slices)).toEqual(["update EndpointSlice web-2"]);
    expect(
      settle(aService(), [...without, ...added], slices).map(({ endpoints }) => endpoints.length),
    ).toEqual([100, 69]);
  });

  test("few new endpoints go into the fullest slice that has room for all", () => {
    const slices = settle(aService(), pods(...range(0, 190)));
    expect(linesOf(aService(), pods(...range(0, 195)), slices)).toEqual(["update EndpointSlice web-2"]);
  });

  test("new labels of the Service reach its slices, and annotations of others stay", () => {
    const slices = settle(aService(), pods(1)).map((slice) => ({
      ...slice,
      metadata: { ...slice.metadata, annotations: { note: "x" } },
    }));
    const labelled = aService({ labels: { team: "a" } });
    const [slice] = settle(labelled, pods(1), slices);
    expect(slice?.metadata.labels).toMatchObject({ team: "a" });
    expect(slice?.metadata.annotations?.["note"]).toBe("x");
  });

  test("slices of an earlier Service of the name are replaced", () => {
    const slices = settle(aService({ uid: "before" }), pods(1));
    expect(linesOf(aService(), pods(1), slices)).toEqual([
      "create EndpointSlice web-*",
      "delete EndpointSlice web-1",
    ]);
  });

  test("slices of a family that the Service has lost go", () => {
    const dual = aService({ spec: { ipFamilies: ["IPv4", "IPv6"] } });
    const slices = settle(dual, [anEndpointPod("p0", { ips: ["10.42.0.1", "fd00::1"] })]);
    expect(linesOf(aService(), [anEndpointPod("p0", { ips: ["10.42.0.1", "fd00::1"] })], slices)).toEqual([
      "delete EndpointSlice web-2",
    ]);
  });

  test("a Service that is being deleted gets no new slices", () => {
    expect(linesOf(aService({ deletionTimestamp: "2026-01-01T00:00:00Z" }), pods(1), [])).toEqual([]);
  });

  test("a slice that is being deleted is replaced", () => {
    const slices = settle(aService(), pods(1)).map((slice) => ({
      ...slice,
      metadata: { ...slice.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" },
    }));
    expect(linesOf(aService(), pods(1), slices)).toEqual(["create EndpointSlice web-*"]);
  });
});

describe("laws", () => {
  const pod = fc.record({
    number: fc.nat(400),
    isReady: fc.boolean(),
    isTerminating: fc.boolean(),
    port: fc.constantFrom(8080, 9090),
  });
  const pods = fc.uniqueArray(pod, { maxLength: 30, selector: ({ number }) => number }).map((all) =>
    all.map(({ number, port, ...options }) =>
      anEndpointPod(`p${String(number)}`, {
        ...options,
        spec: { containers: [{ name: "c", ports: [{ name: "http", containerPort: port }] }] },
      }),
    ),
  );
  const service = aService({ ports: [{ name: "http", port: 80, targetPort: "http" }] });
  const addressesIn = (slices: readonly EndpointSlice[]): string[] =>
    slices.flatMap(({ endpoints }) => endpoints.flatMap(({ addresses }) => addresses)).toSorted();

  test("stable and complete: after any history the slices hold every address once, and the plan rests", () => {
    fc.assert(
      fc.property(fc.array(pods, { minLength: 1, maxLength: 5 }), (history) => {
        let slices: readonly EndpointSlice[] = [];
        for (const state of history) slices = settle(service, state, slices);
        const wanted =
          history.at(-1)?.flatMap(({ status }) => status?.podIPs?.map(({ ip }) => ip ?? "") ?? []) ?? [];
        expect(addressesIn(slices)).toEqual(wanted.toSorted());
      }),
    );
  });

  test("bounded: no more than one slice for every kind of ports while there are few pods", () => {
    fc.assert(
      fc.property(pods, (state) => {
        const ports = new Set(state.map(({ spec }) => spec.containers[0]?.ports?.[0]?.containerPort));
        expect(settle(service, state)).toHaveLength(Math.max(1, ports.size));
      }),
    );
  });

  test("safe: never touches a slice of another owner but to delete it", () => {
    fc.assert(
      fc.property(pods, (state) => {
        const theirs: EndpointSlice = {
          apiVersion: "discovery.k8s.io/v1",
          kind: "EndpointSlice",
          metadata: {
            name: "theirs",
            namespace: "default",
            uid: "theirs",
            ownerReferences: [controllerReference(aService({ uid: "before" }))],
          },
          addressType: "IPv4",
          ports: [],
          endpoints: [],
        };
        for (const action of planEndpointSlices(aView(service, state, [theirs])).actions) {
          expect(action.type === "update" && action.object.metadata.uid === "theirs").toBeFalse();
        }
      }),
    );
  });

  test("order-independent", () => {
    const shuffled = pods.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(shuffled, ([all, other]) => {
        expect(planEndpointSlices(aView(service, other))).toEqual(planEndpointSlices(aView(service, all)));
      }),
    );
  });
});
