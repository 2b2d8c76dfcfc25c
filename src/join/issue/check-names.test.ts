import { describe, expect, test } from "bun:test";
import { type CIDR, parseCIDR } from "#base/cidr.ts";
import { nameProblem } from "./check-names.ts";

const reserved = {
  ofServers: ["kubernetes", "kubernetes.default.svc", "localhost", "host1", "10.43.0.1", "192.0.2.10"],
  serviceRanges: [parseCIDR("10.43.0.0/16") as CIDR],
};

describe("nameProblem", () => {
  test.each([
    { nodeName: "host2", addresses: ["192.0.2.11"], want: undefined },
    { nodeName: "host2", addresses: ["192.0.2.11", "2001:db8::1"], want: undefined },
    { nodeName: "Host_2", addresses: ["192.0.2.11"], want: '"Host_2" is no name of a node' },
    {
      nodeName: "kubernetes",
      addresses: ["192.0.2.11"],
      want: 'the name "kubernetes" is one of the server\'s own',
    },
    { nodeName: "host1", addresses: ["192.0.2.11"], want: 'the name "host1" is one of the server\'s own' },
    { nodeName: "host2", addresses: ["web.example.org"], want: '"web.example.org" is no IP address' },
    {
      nodeName: "host2",
      addresses: ["192.0.2.11", "192.0.2.10"],
      want: "the address 192.0.2.10 is the server's or in the network of Services",
    },
    {
      nodeName: "host2",
      addresses: ["10.43.7.7"],
      want: "the address 10.43.7.7 is the server's or in the network of Services",
    },
    { nodeName: "host2", addresses: ["127.0.0.2"], want: "other hosts cannot reach 127.0.0.2" },
    { nodeName: "host2", addresses: ["0:0:0:0:0:0:0:1"], want: "other hosts cannot reach 0:0:0:0:0:0:0:1" },
    {
      nodeName: "host2",
      addresses: ["::ffff:192.0.2.10"],
      want: "other hosts cannot reach ::ffff:192.0.2.10",
    },
    { nodeName: "host2", addresses: ["::10.43.0.1"], want: "other hosts cannot reach ::10.43.0.1" },
    { nodeName: "host2", addresses: ["0.0.0.0"], want: "other hosts cannot reach 0.0.0.0" },
    { nodeName: "host2", addresses: ["fe80::1"], want: "other hosts cannot reach fe80::1" },
    { nodeName: "host2", addresses: ["255.255.255.255"], want: "other hosts cannot reach 255.255.255.255" },
    { nodeName: "host2", addresses: [], want: "the node has no address" },
  ])("of $nodeName at $addresses is $want", ({ want, ...request }) => {
    expect(nameProblem(request, reserved)).toBe(want);
  });
});
