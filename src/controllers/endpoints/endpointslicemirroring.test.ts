import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { EndpointSubset, Endpoints, Service } from "#api/generated/core-v1.ts";
import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import { describePlan } from "#testing/actions.ts";
import type { ObjectOptions } from "#testing/metadata.ts";
import { anEndpoints, aService } from "#testing/objects.ts";
import { PlanModel } from "#testing/plan-model.ts";
import { type EndpointSliceMirroringView, planMirroring } from "./endpointslicemirroring.ts";

const bare: Service = aService("web", { selector: {} });
const ready = (...ips: string[]): EndpointSubset => ({
  addresses: ips.map((ip) => ({ ip })),
  ports: [{ name: "http", port: 80, protocol: "TCP" }],
});
const theEndpoints = (subsets: readonly EndpointSubset[], options: ObjectOptions = {}): Endpoints =>
  anEndpoints("web", { ...options, subsets });

function aView(
  endpoints: Endpoints | undefined,
  slices: readonly EndpointSlice[] = [],
  service: Service | undefined = bare,
): EndpointSliceMirroringView {
  return { endpoints, service, slices };
}

function settle(endpoints: Endpoints, slices: readonly EndpointSlice[] = []): readonly EndpointSlice[] {
  const model = new PlanModel(slices);
  model.apply(planMirroring(aView(endpoints, model.of("EndpointSlice"))));
  expect(describePlan(planMirroring(aView(endpoints, model.of("EndpointSlice")))), "rests").toEqual([]);
  return model.of("EndpointSlice");
}

function describeSlices(slices: readonly EndpointSlice[]): string[] {
  return slices
    .map(({ addressType, ports, endpoints }) =>
      [
        addressType,
        ...ports.map(({ port }) => String(port)),
        ...endpoints.map(
          ({ addresses, conditions }) => `${conditions?.ready === true ? "" : "!"}${addresses.join()}`,
        ),
      ].join(" "),
    )
    .toSorted();
}

describe("planMirroring", () => {
  test("makes a slice for every subset and family", () => {
    const subsets = [
      ready("10.0.0.1", "fd00::1"),
      { notReadyAddresses: [{ ip: "010.0.0.2" }], ports: [{ port: 81 }] },
    ];
    expect(describeSlices(settle(theEndpoints(subsets)))).toEqual([
      "IPv4 80 10.0.0.1",
      "IPv4 81 !10.0.0.2",
      "IPv6 80 fd00::1",
    ]);
  });

  test("copies labels and annotations but those of the Endpoints alone", () => {
    const endpoints = theEndpoints([ready("10.0.0.1")], {
      labels: { team: "a" },
      annotations: {
        note: "x",
        "kubectl.kubernetes.io/last-applied-configuration": "{}",
        "endpoints.kubernetes.io/last-change-trigger-time": "t",
      },
    });
    expect(planMirroring(aView(endpoints)).actions).toMatchObject([
      {
        type: "create",
        object: {
          metadata: {
            generateName: "web-",
            labels: {
              team: "a",
              "kubernetes.io/service-name": "web",
              "endpointslice.kubernetes.io/managed-by": "endpointslicemirroring-controller.k8s.io",
            },
            annotations: { note: "x" },
            ownerReferences: [{ kind: "Endpoints", name: "web", uid: "uid-web", controller: true }],
          },
          endpoints: [{ addresses: ["10.0.0.1"], conditions: { ready: true } }],
        },
      },
    ]);
  });

  const slices = settle(theEndpoints([ready("10.0.0.1")]));
  const cases: { name: string; view: EndpointSliceMirroringView; want: string[] }[] = [
    {
      name: "follows a change in the same slice",
      view: aView(theEndpoints([ready("10.0.0.2")]), slices),
      want: ["update EndpointSlice web-1"],
    },
    {
      name: "uses a slice again for other ports",
      view: aView(theEndpoints([{ addresses: [{ ip: "10.0.0.1" }], ports: [{ port: 90 }] }]), slices),
      want: ["update EndpointSlice web-1"],
    },
    {
      name: "follows labels",
      view: aView(theEndpoints([ready("10.0.0.1")], { labels: { a: "b" } }), slices),
      want: ["update EndpointSlice web-1"],
    },
    {
      name: "does not use the slice of an earlier object of the name for another set of ports",
      view: aView(
        theEndpoints([{ addresses: [{ ip: "10.0.0.1" }], ports: [{ port: 90 }] }], { uid: "other" }),
        slices,
      ),
      want: ["create EndpointSlice web-*", "delete EndpointSlice web-1"],
    },
    {
      name: "takes the slice of an earlier object over",
      view: aView(theEndpoints([ready("10.0.0.1")], { uid: "other" }), slices),
      want: ["update EndpointSlice web-1"],
    },
    {
      name: "removes what has no addresses",
      view: aView(theEndpoints([]), slices),
      want: ["delete EndpointSlice web-1"],
    },
    {
      name: "removes what has no Endpoints",
      view: aView(undefined, slices),
      want: ["delete EndpointSlice web-1"],
    },
    {
      name: "removes what has no Service",
      view: { ...aView(theEndpoints([ready("10.0.0.1")]), slices), service: undefined },
      want: ["delete EndpointSlice web-1"],
    },
    {
      name: "leaves Services with a selector to the other controller",
      view: aView(theEndpoints([ready("10.0.0.1")]), slices, aService("web")),
      want: ["delete EndpointSlice web-1"],
    },
    {
      name: "skips what asks for it",
      view: aView(
        theEndpoints([ready("10.0.0.1")], { labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } }),
      ),
      want: [],
    },
    {
      name: "skips locks",
      view: aView(
        theEndpoints([ready("10.0.0.1")], {
          annotations: { "control-plane.alpha.kubernetes.io/leader": "{}" },
        }),
      ),
      want: [],
    },
    {
      name: "tells of addresses that are none",
      view: aView(theEndpoints([ready("10.0.0.1", "host.example.com")])),
      want: [
        "create EndpointSlice web-*",
        "event Warning InvalidIPAddress: Skipped 1 invalid IP addresses when mirroring to EndpointSlices",
      ],
    },
  ];
  test.each(cases)("$name", ({ view, want }) => {
    expect(describePlan(planMirroring(view))).toEqual(want);
  });

  test("mirrors 1000 addresses of a subset and tells of the rest", () => {
    const ips = Array.from(
      { length: 1010 },
      (_, index) => `10.0.${String(Math.floor(index / 250))}.${String(index % 250)}`,
    );
    const { actions } = planMirroring(aView(theEndpoints([ready(...ips)])));
    expect(actions[0]).toMatchObject({ object: { endpoints: { length: 1000 } } });
    expect(describePlan({ actions }).at(-1)).toBe(
      "event Warning TooManyAddressesToMirror: A max of 1000 addresses can be mirrored to EndpointSlices per Endpoints subset. 10 addresses were skipped",
    );
  });

  test("stable and complete: after any history the slices say what the Endpoints say", () => {
    const ip = fc.nat(20).map((number) => `10.0.0.${String(number)}`);
    const subset = fc.record({
      ips: fc.uniqueArray(ip, { minLength: 1, maxLength: 4 }),
      port: fc.constantFrom(80, 81),
    });
    const state = fc.uniqueArray(subset, { maxLength: 2, selector: ({ port }) => port });
    fc.assert(
      fc.property(fc.array(state, { minLength: 1, maxLength: 5 }), (history) => {
        let mirrored: readonly EndpointSlice[] = [];
        for (const subsets of history) {
          mirrored = settle(
            theEndpoints(
              subsets.map(({ ips, port }) => ({
                addresses: ips.map((each) => ({ ip: each })),
                ports: [{ port }],
              })),
            ),
            mirrored,
          );
        }
        const wanted =
          history.at(-1)?.flatMap(({ ips, port }) => ips.map((each) => `${each} ${String(port)}`)) ?? [];
        const found = mirrored.flatMap(({ endpoints, ports }) =>
          endpoints.flatMap(({ addresses }) =>
            addresses.flatMap((each) => ports.map(({ port }) => `${each} ${String(port)}`)),
          ),
        );
        expect(found.toSorted()).toEqual(wanted.toSorted());
      }),
    );
  });
});
