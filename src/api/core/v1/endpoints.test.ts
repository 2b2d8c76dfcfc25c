import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf } from "#testing/kinds.ts";
import { anEndpoints } from "#testing/objects.ts";
import type { EndpointSubset } from "../../generated/core-v1.ts";
import { endpoints } from "./endpoints.ts";

const http = { port: 80, protocol: "TCP" } as const;

test("the protocol is TCP", () => {
  const filled = endpoints.setDefaults?.(anEndpoints("web", { subsets: [{ ports: [{ port: 80 }] }] }));
  expect(filled?.subsets).toEqual([{ ports: [http] }]);
  expect(filled && endpoints.setDefaults?.(filled)).toBe(filled);
});

describe("endpoints.validate", () => {
  test.each<{ subset: EndpointSubset; want: string[] }>([
    { subset: { addresses: [{ ip: "10.0.0.1", nodeName: "node-1" }], ports: [http] }, want: [] },
    { subset: {}, want: ["subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`"] },
    {
      subset: { notReadyAddresses: [{ ip: "127.0.0.1" }, { ip: "x" }] },
      want: [
        'subsets[0].notReadyAddresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
        'subsets[0].notReadyAddresses[1].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
        'subsets[0].notReadyAddresses[1].ip: Invalid value: "x": must be a valid IP address',
      ],
    },
    {
      subset: {
        addresses: [{ ip: "10.0.0.1" }],
        ports: [http, { ...http, protocol: "X" as "TCP", name: "b" }],
      },
      want: [
        "subsets[0].ports[0].name: Required value",
        'subsets[0].ports[1].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"',
      ],
    },
  ])("judges $subset", ({ subset, want }) => {
    expect(errorTexts(endpoints.validate?.(anEndpoints("web", { subsets: [subset] })))).toEqual(want);
  });

  test("an update may leave bad subsets as they are", () => {
    const bad = anEndpoints("web", { subsets: [{}] });
    expect(endpoints.validateUpdate?.(bad, bad)).toEqual([]);
    expect(endpoints.validateUpdate?.(bad, anEndpoints("web"))).toHaveLength(1);
  });
});

test("odd addresses are warned of, unless the controller wrote them", () => {
  const subsets = [{ addresses: [{ ip: "FD00::1" }] }];
  expect(endpoints.warnings?.(anEndpoints("web", { subsets }), undefined)).toEqual([
    'subsets[0].addresses[0].ip: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")',
  ]);
  const labels = { "endpoints.kubernetes.io/managed-by": "endpoint-controller" };
  expect(endpoints.warnings?.(anEndpoints("web", { subsets, labels }), undefined)).toEqual([]);
});

test.each<{ subsets: EndpointSubset[]; want: string }>([
  { subsets: [], want: "<none>" },
  { subsets: [{ notReadyAddresses: [{ ip: "10.0.0.1" }] }], want: "" },
  { subsets: [{ addresses: [{ ip: "10.0.0.1" }] }], want: "10.0.0.1" },
  {
    subsets: [{ addresses: [{ ip: "10.0.0.1" }, { ip: "fd00::1" }], ports: [http, { port: 443 }] }],
    want: "10.0.0.1:80,[fd00::1]:80,10.0.0.1:443 + 1 more...",
  },
])("the table shows $want", ({ subsets, want }) => {
  expect(rowOf(endpoints, anEndpoints("web", { subsets }))).toEqual({
    Name: "web",
    Endpoints: want,
    Age: "<unknown>",
  });
});
