import { describe, expect, test } from "bun:test";
import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import { anEndpoint, anEndpointSlice } from "#testing/service-objects.ts";
import { endpointServers } from "./endpoint-servers.ts";

const ports = [{ name: "https", port: 6443 }];

function slice(addresses: Parameters<typeof anEndpointSlice>[1], fields = {}): EndpointSlice {
  const made = anEndpointSlice("kubernetes", addresses, { ports, ...fields });
  return { ...made, metadata: { ...made.metadata, namespace: "default" } };
}

describe("endpointServers", () => {
  const cases: { name: string; slices: readonly EndpointSlice[]; servers: readonly string[] }[] = [
    {
      name: "every server once, in order",
      slices: [slice(["10.0.0.2", "10.0.0.1"]), slice(["10.0.0.1"])],
      servers: ["10.0.0.1:6443", "10.0.0.2:6443"],
    },
    {
      name: "IPv6 in brackets",
      slices: [slice(["fd00::1"], { addressType: "IPv6" })],
      servers: ["[fd00::1]:6443"],
    },
    {
      name: "no server that is not ready",
      slices: [slice([anEndpoint("10.0.0.1", { ready: false }), "10.0.0.2"])],
      servers: ["10.0.0.2:6443"],
    },
    {
      name: "nothing of other Services",
      slices: [anEndpointSlice("web", ["10.0.0.1"], { ports })],
      servers: [],
    },
    {
      name: "nothing of other namespaces",
      slices: [
        anEndpointSlice("kubernetes", ["10.0.0.1"], {
          ports,
          metadata: {
            name: "kubernetes",
            namespace: "other",
            uid: "u",
            labels: { "kubernetes.io/service-name": "kubernetes" },
          },
        }),
      ],
      servers: [],
    },
    {
      name: "no pods that somebody has put behind the Service",
      slices: [
        slice(["10.0.0.1"]),
        slice(["10.42.0.9"], {
          metadata: {
            name: "kubernetes-x",
            uid: "u",
            labels: {
              "kubernetes.io/service-name": "kubernetes",
              "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
            },
          },
        }),
      ],
      servers: ["10.0.0.1:6443"],
    },
    {
      name: "no other port",
      slices: [slice(["10.0.0.1"], { ports: [{ name: "http", port: 80 }] })],
      servers: [],
    },
  ];
  test.each(cases)("lists $name", ({ slices, servers }) => {
    expect(endpointServers(slices)).toEqual(servers);
  });
});
