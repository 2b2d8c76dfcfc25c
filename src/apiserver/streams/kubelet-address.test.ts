import { describe, expect, test } from "bun:test";
import type { NodeStatus } from "#api/generated/core-v1.ts";
import { aNode } from "#testing/objects.ts";
import { kubeletAddress } from "./kubelet-address.ts";

const internal = { type: "InternalIP", address: "192.0.2.1" };
const external = { type: "ExternalIP", address: "198.51.100.1" };
const hostname = { type: "Hostname", address: "worker" };

describe("kubeletAddress", () => {
  const cases: { name: string; status: NodeStatus; address: { host: string; port: number } | undefined }[] = [
    {
      name: "the internal address before others",
      status: { addresses: [hostname, external, internal] },
      address: { host: "192.0.2.1", port: 10250 },
    },
    {
      name: "the host name at last",
      status: { addresses: [hostname] },
      address: { host: "worker", port: 10250 },
    },
    {
      name: "the port that the node has reported",
      status: { addresses: [internal], daemonEndpoints: { kubeletEndpoint: { Port: 10251 } } },
      address: { host: "192.0.2.1", port: 10251 },
    },
    { name: "nothing of a node that has not reported", status: {}, address: undefined },
  ];
  test.each(cases)("takes $name", ({ status, address }) => {
    expect(kubeletAddress({ ...aNode("worker"), status })).toEqual(address);
  });
});
