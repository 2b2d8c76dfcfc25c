import { describe, expect, test } from "bun:test";
import type { Service } from "#api/generated/core-v1.ts";
import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import { seededRandom } from "#testing/seeded-random.ts";
import { anEndpoint, anEndpointSlice, aService } from "#testing/service-objects.ts";
import { serviceEndpoints } from "./service-endpoints.ts";

const web = aService("web", "10.43.0.1", {
  ipFamilies: ["IPv4"],
  ports: [
    { name: "https", port: 443 },
    { name: "metrics", port: 9090 },
  ],
});
const https = { ports: [{ name: "https", port: 8443 }] };

function reached(service: Service, slices: readonly EndpointSlice[], port = 443): string {
  try {
    const addresses = serviceEndpoints(service, slices, port, seededRandom(1));
    return addresses.map(({ host, port: number }) => `${host}:${String(number)}`).join(" ");
  } catch (error) {
    return (error as Error).message;
  }
}

describe("serviceEndpoints", () => {
  const cases = [
    {
      name: "the port of a ready endpoint",
      slices: [anEndpointSlice("web", ["10.42.0.1"], https)],
      reaches: "10.42.0.1:8443",
    },
    {
      name: "nobody who is not ready",
      slices: [anEndpointSlice("web", [anEndpoint("10.42.0.1", { ready: false }), "10.42.0.2"], https)],
      reaches: "10.42.0.2:8443",
    },
    {
      name: "whoever does not say whether he is ready",
      slices: [anEndpointSlice("web", [{ addresses: ["10.42.0.1"] }], https)],
      reaches: "10.42.0.1:8443",
    },
    {
      name: "the first family before the other",
      slices: [
        anEndpointSlice("web", ["fd00::1", "fd00::2"], { ...https, addressType: "IPv6" }),
        anEndpointSlice("web", ["10.42.0.1"], https),
      ],
      reaches: /^10\.42\.0\.1:8443 fd00::[12]:8443 fd00::[12]:8443$/,
    },
    {
      name: "a slice that has the port",
      slices: [
        anEndpointSlice("web", ["10.42.0.1"], { ports: [{ name: "metrics", port: 1 }] }),
        anEndpointSlice("web", ["10.42.0.2"], https),
      ],
      reaches: "10.42.0.2:8443",
    },
    { name: "nobody without slices", slices: [], reaches: 'no endpoints available for service "web"' },
    {
      name: "nobody when no slice has the port",
      slices: [anEndpointSlice("web", ["10.42.0.1"])],
      reaches: 'no endpoints available for service "web"',
    },
    {
      name: "no port that the Service lacks",
      slices: [anEndpointSlice("web", ["10.42.0.1"], https)],
      port: 80,
      reaches: 'no service port 80 found for service "web"',
    },
    {
      name: "an external name under any port",
      service: aService("web", "", { type: "ExternalName", externalName: "example.com", ports: [] }),
      slices: [],
      port: 8443,
      reaches: "example.com:8443",
    },
  ];

  test.each(cases)("leads to $name", ({ service = web, slices, port, reaches }) => {
    const found = reached(service, slices, port);
    if (typeof reaches === "string") expect(found).toBe(reaches);
    else expect(found).toMatch(reaches);
  });

  test("spreads over everybody", () => {
    const slices = [anEndpointSlice("web", ["10.42.0.1", "10.42.0.2", "10.42.0.3"], https)];
    const random = seededRandom(7);
    const first = Array.from({ length: 50 }, () => serviceEndpoints(web, slices, 443, random)[0]?.host);
    expect(new Set(first).size).toBe(3);
  });
});
