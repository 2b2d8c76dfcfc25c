import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf, someWrite } from "#testing/kinds.ts";
import { anEndpointSlice } from "#testing/workloads.ts";
import type { EndpointSlice } from "../../generated/discovery-v1.ts";
import { endpointSlice } from "./endpointslice.ts";

const many = (count: number) => Array.from({ length: count }, (_, index) => index);

describe("endpointSlice.validate", () => {
  const cases: { name: string; object: EndpointSlice; want: string[] }[] = [
    { name: "addresses of version 4", object: anEndpointSlice("a", ["10.0.0.1", "10.0.0.2"]), want: [] },
    {
      name: "addresses of version 6",
      object: anEndpointSlice("a", ["fd00::1"], { addressType: "IPv6" }),
      want: [],
    },
    { name: "domain names", object: anEndpointSlice("a", ["a.com."], { addressType: "FQDN" }), want: [] },
    {
      name: "an unknown type, whose addresses are not looked at",
      object: anEndpointSlice("a", ["x"], { addressType: "IPX" as "IPv4" }),
      want: ['addressType: Unsupported value: "IPX": supported values: "FQDN", "IPv4", "IPv6"'],
    },
    {
      name: "addresses of the other family, of the host and of nobody",
      object: anEndpointSlice("a", ["fd00::1", "127.0.0.1", "1.2.3"]),
      want: [
        'endpoints[0].addresses: Invalid value: "fd00::1": must be an IPv4 address',
        'endpoints[1].addresses[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
        'endpoints[2].addresses[0]: Invalid value: "1.2.3": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      ],
    },
    {
      name: "names that are no domains",
      object: anEndpointSlice("a", ["com", ""], { addressType: "FQDN" }),
      want: [
        'endpoints[0].addresses[0]: Invalid value: "com": should be a domain with at least two segments separated by dots',
        "endpoints[1].addresses[0]: Required value",
      ],
    },
    {
      name: "too few and too many addresses",
      object: anEndpointSlice("a", [
        { addresses: [] },
        { addresses: many(101).map((index) => `10.0.0.${String(index)}`) },
      ]),
      want: [
        "endpoints[0].addresses: Required value: must contain at least 1 address",
        "endpoints[1].addresses: Too many: 101: must have at most 100 items",
      ],
    },
    {
      name: "too many endpoints",
      object: anEndpointSlice(
        "a",
        many(1001).map(() => "10.0.0.1"),
      ),
      want: ["endpoints: Too many: 1001: must have at most 1000 items"],
    },
    {
      name: "ports",
      object: anEndpointSlice("a", [], {
        ports: [
          { name: "http", protocol: "TCP" },
          { name: "http", protocol: "TCP", appProtocol: "a b" },
          { name: "" },
          { name: "x", protocol: "ICMP" as "TCP" },
        ],
      }),
      want: [
        'ports[1].name: Duplicate value: "http"',
        `ports[1].appProtocol: Invalid value: "a b": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
        "ports[2].protocol: Required value",
        'ports[3].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
      ],
    },
    {
      name: "hints",
      object: anEndpointSlice("a", [
        { addresses: ["10.0.0.1"], hints: { forZones: [{ name: "a" }, { name: "a" }], forNodes: [] } },
        { addresses: ["10.0.0.1"], hints: { forNodes: many(9).map((index) => ({ name: String(index) })) } },
      ]),
      want: [
        'endpoints[0].hints.forZones[1].name: Duplicate value: "a"',
        "endpoints[1].hints.forNodes: Too many: 9: must have at most 8 items",
      ],
    },
  ];

  test.each(cases)("judges $name", ({ object, want }) => {
    expect(errorTexts(endpointSlice.validate?.(object))).toEqual(want);
  });
});

describe("endpointSlice.validateUpdate", () => {
  test("the address type stays", () => {
    const next = anEndpointSlice("a", [], { addressType: "IPv6" });
    expect(errorTexts(endpointSlice.validateUpdate?.(next, anEndpointSlice("a", [])))).toEqual([
      'addressType: Invalid value: "IPv6": field is immutable',
    ]);
  });

  test("endpoints that were stored before are tolerated", () => {
    const stored = anEndpointSlice("a", ["127.0.0.1"]);
    const ports = [{ name: "x", port: 1, protocol: "TCP" as const }];
    expect(endpointSlice.validateUpdate?.({ ...stored, ports }, stored)).toEqual([]);
    expect(endpointSlice.validateUpdate?.(anEndpointSlice("a", ["127.0.0.2"]), stored)).toHaveLength(1);
  });
});

test("ports without name and protocol are nameless TCP", () => {
  const object = anEndpointSlice("a", [], { ports: [{ port: 1 }, { name: "dns", protocol: "UDP" }] });
  expect(endpointSlice.setDefaults?.(object).ports).toEqual([
    { name: "", protocol: "TCP", port: 1 },
    { name: "dns", protocol: "UDP" },
  ]);
});

test("the topology of v1beta1 is dropped", () => {
  const endpoint = { addresses: ["10.0.0.1"], zone: "a" };
  const object = anEndpointSlice("a", [{ ...endpoint, deprecatedTopology: { a: "b" } }]);
  expect(endpointSlice.prepareForCreate?.(object, someWrite).endpoints).toEqual([endpoint]);
});

test("labels and endpoints make a new generation, annotations do not", () => {
  const isNew = (options: Parameters<typeof anEndpointSlice>[2], ...addresses: string[]) =>
    endpointSlice.isNewGeneration?.(anEndpointSlice("a", addresses, options), anEndpointSlice("a", []));
  expect(isNew({ annotations: { a: "b" } })).toBe(false);
  expect(isNew({ labels: { a: "b" } })).toBe(true);
  expect(isNew({}, "10.0.0.1")).toBe(true);
});

test("odd addresses bring warnings, unless the controller wrote them", () => {
  const labels = { "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io" };
  const odd = (options: Parameters<typeof anEndpointSlice>[2]) => anEndpointSlice("a", ["FD00::1"], options);
  expect(endpointSlice.warnings?.(odd({ addressType: "IPv6" }), undefined)).toEqual([
    'endpoints[0].addresses[0]: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")',
  ]);
  expect(endpointSlice.warnings?.(odd({ labels }), undefined)).toEqual([]);
  const names = anEndpointSlice("a", ["a.com"], { addressType: "FQDN" });
  expect(endpointSlice.warnings?.(names, undefined)).toEqual([
    "spec.addressType: FQDN endpoints are deprecated",
  ]);
  expect(endpointSlice.warnings?.(names, names)).toEqual([]);
});

test("the table counts what it does not show", () => {
  const addresses = many(5).map((index) => `10.0.0.${String(index)}`);
  expect(rowOf(endpointSlice, anEndpointSlice("a", addresses))).toEqual({
    Name: "a",
    AddressType: "IPv4",
    Ports: "80",
    Endpoints: "10.0.0.0,10.0.0.1,10.0.0.2 + 2 more...",
    Age: "<unknown>",
  });
  const empty = anEndpointSlice("a", [], { ports: [{}, { name: "x" }] });
  expect(rowOf(endpointSlice, empty)).toMatchObject({ Ports: "*,x", Endpoints: "<unset>" });
});
