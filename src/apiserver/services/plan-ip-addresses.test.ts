import { describe, expect, test } from "bun:test";
import type { Service } from "#api/generated/core-v1.ts";
import type { IPAddress } from "#api/generated/networking-v1.ts";
import { anIPAddress } from "#testing/service-cidrs.ts";
import { aService } from "#testing/service-objects.ts";
import {
  type AddressAction,
  type AddressObjects,
  planAddress,
  planServiceAddresses,
} from "./plan-ip-addresses.ts";

function stored(objects: readonly (Service | IPAddress)[]): AddressObjects {
  const get = (kind: string, { name }: { readonly name: string }) =>
    objects.find((each) => each.kind === kind && each.metadata.name === name);
  return { get } as AddressObjects;
}

function describeAction(action: AddressAction): string {
  const { name } = action.object.metadata;
  return action.type === "create" ? `create ${name ?? ""}` : `delete ${name ?? ""}: ${action.why}`;
}

const web = aService("web", "10.43.0.7");
const gateway = { spec: { parentRef: { group: "x.io", resource: "gateways", name: "g" } } };

describe("planServiceAddresses", () => {
  const cases: {
    name: string;
    service?: Service;
    objects: readonly (Service | IPAddress)[];
    want: string[];
  }[] = [
    { name: "adds what is missing", objects: [], want: ["create 10.43.0.7"] },
    { name: "leaves what is right", objects: [anIPAddress("10.43.0.7", "web")], want: [] },
    {
      name: "wants one for each family",
      service: aService("web", "10.43.0.7", { clusterIPs: ["10.43.0.7", "fd00:0::7"] }),
      objects: [anIPAddress("10.43.0.7", "web")],
      want: ["create fd00::7"],
    },
    { name: "wants none for a headless Service", service: aService("web", "None"), objects: [], want: [] },
    {
      name: "replaces what refers to something else",
      objects: [anIPAddress("10.43.0.7", "web", gateway)],
      want: ["delete 10.43.0.7: it refers to something else", "create 10.43.0.7"],
    },
    {
      name: "replaces what refers to a Service that does not have it",
      objects: [anIPAddress("10.43.0.7", "old"), aService("old", "10.43.0.8")],
      want: ["delete 10.43.0.7: it refers to another Service", "create 10.43.0.7"],
    },
    {
      name: "leaves an address that two Services have to the one that is named",
      objects: [anIPAddress("10.43.0.7", "old"), aService("old", "10.43.0.7")],
      want: [],
    },
    {
      name: "replaces what has lost its labels",
      objects: [anIPAddress("10.43.0.7", "web", { metadata: { labels: {} } })],
      want: ["delete 10.43.0.7: it has lost its labels", "create 10.43.0.7"],
    },
  ];
  test.each(cases)("$name", ({ service = web, objects, want }) => {
    expect(planServiceAddresses(service, stored(objects)).map(describeAction)).toEqual(want);
  });
});

describe("planAddress", () => {
  const unmanaged = anIPAddress("10.43.0.9", "nobody", { metadata: { labels: {} } });
  const cases = [
    ["leaves what has its Service", anIPAddress("10.43.0.7", "web"), []],
    ["leaves what others reserve", unmanaged, []],
    [
      "removes what has no Service",
      anIPAddress("10.43.0.7", "gone"),
      ["delete 10.43.0.7: it has no Service"],
    ],
    [
      "removes what its Service no longer has",
      anIPAddress("10.43.0.8", "web"),
      ["delete 10.43.0.8: its Service has another address"],
    ],
    [
      "removes what somebody has made refer to something else",
      anIPAddress("10.43.0.7", "web", gateway),
      ["delete 10.43.0.7: it has no Service"],
    ],
  ] as const;
  test.each(cases)("%s", (_name, object, want) => {
    expect(planAddress(object, stored([web])).map(describeAction)).toEqual([...want]);
  });
});
