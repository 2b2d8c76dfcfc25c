import { expect, test } from "bun:test";
import { dnsSlice } from "./cluster-dns.ts";

test("a node's server is an endpoint in each family that its pods have", () => {
  const slices = ["10.42.0.1", "fd42::1"].map((address) => dnsSlice({ nodeName: "n1", address }));
  expect(
    slices.map(({ metadata, addressType, endpoints }) => [
      metadata.name,
      addressType,
      endpoints[0]?.addresses,
      metadata.labels?.["kubernetes.io/service-name"],
    ]),
  ).toEqual([
    ["kube-dns-n1", "IPv4", ["10.42.0.1"], "kube-dns"],
    ["kube-dns-n1-ipv6", "IPv6", ["fd42::1"], "kube-dns"],
  ]);
});
