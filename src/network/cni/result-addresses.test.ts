import { describe, expect, test } from "bun:test";
import { resultAddresses } from "./result-addresses.ts";

const interfaces = [{ name: "cni0" }, { name: "veth1" }, { name: "eth0", sandbox: "/proc/1/ns/net" }];

describe("resultAddresses", () => {
  test.each([
    {
      name: "puts the IPv4 address first",
      result: {
        interfaces,
        ips: [
          { address: "fd42::2/64", interface: 2 },
          { address: "10.1.0.2/24", interface: 2 },
        ],
      },
      expected: ["10.1.0.2", "fd42::2"],
    },
    {
      name: "leaves out what other links have",
      result: {
        interfaces,
        ips: [
          { address: "10.1.0.1/24", interface: 0 },
          { address: "10.1.0.2/24", interface: 2 },
        ],
      },
      expected: ["10.1.0.2"],
    },
    {
      name: "takes addresses that name no link",
      result: { ips: [{ address: "10.1.0.2/24" }, { address: "10.1.0.3/24" }] },
      expected: ["10.1.0.2"],
    },
    {
      name: "reads results of before version 0.3",
      result: { ip4: { ip: "10.1.0.2/24" }, ip6: { ip: "fd42::2/64" } },
      expected: ["10.1.0.2", "fd42::2"],
    },
    { name: "finds nothing in an empty result", result: {}, expected: [] },
  ])("$name", ({ result, expected }) => {
    expect(resultAddresses(result)).toEqual(expected);
  });
});
