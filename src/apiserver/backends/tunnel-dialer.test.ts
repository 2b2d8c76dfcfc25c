import { describe, expect, test } from "bun:test";
import { duplexPair } from "node:stream";
import { FakeClock } from "#testing/fake-clock.ts";
import { aNode } from "#testing/objects.ts";
import type { BackendAddress, Dialer } from "./dialer.ts";
import { TunnelDialer, type Tunnels } from "./tunnel-dialer.ts";

const RANGES: Readonly<Record<string, readonly string[]>> = {
  own: ["10.42.0.0/24"],
  near: ["10.42.1.0/24", "fd42:0:0:1::/64"],
  far: ["10.42.2.0/24"],
};

/** Every node but `far` has a tunnel. */
function aDialer() {
  const dialed: string[] = [];
  const note = (way: string, { host, port }: BackendAddress) => {
    dialed.push(`${way} ${host} ${String(port)}`);
    return Promise.resolve(duplexPair()[0]);
  };
  const direct: Dialer = { dial: (address) => note("direct", address) };
  const tunnels: Tunnels = {
    nodes: ["own", "near", "gone"],
    has: (name) => ["own", "near", "gone"].includes(name),
    connect: (name, address) => note(name, address),
  };
  const objects = {
    get: (_kind: "Node", { name }: { readonly name: string }) => {
      const podCIDRs = RANGES[name];
      return podCIDRs && { ...aNode(name), spec: { podCIDRs } };
    },
  };
  const clock = new FakeClock();
  return {
    dialed,
    clock,
    tunnels,
    dialer: new TunnelDialer({ ownNode: "own" }, { tunnels, objects, direct, clock }),
  };
}

const never = new AbortController().signal;

describe("TunnelDialer", () => {
  const cases = [
    {
      name: "a kubelet through its node's tunnel",
      address: { host: "192.0.2.2", port: 10250, kubeletOf: "near" },
      dials: "near 127.0.0.1 10250",
    },
    {
      name: "a kubelet without a tunnel from here",
      address: { host: "192.0.2.3", port: 10250, kubeletOf: "far" },
      dials: "direct 192.0.2.3 10250",
    },
    {
      name: "the kubelet in this process from here",
      address: { host: "192.0.2.1", port: 10250, kubeletOf: "own" },
      dials: "direct 192.0.2.1 10250",
    },
    {
      name: "another port of a node from here",
      address: { host: "192.0.2.2", port: 9100 },
      dials: "direct 192.0.2.2 9100",
    },
    {
      name: "a pod through its node's tunnel",
      address: { host: "10.42.1.7", port: 8443 },
      dials: "near 10.42.1.7 8443",
    },
    {
      name: "an IPv6 pod through its node's tunnel",
      address: { host: "fd42:0:0:1::7", port: 80 },
      dials: "near fd42:0:0:1::7 80",
    },
    {
      name: "a pod of this node from here",
      address: { host: "10.42.0.7", port: 80 },
      dials: "direct 10.42.0.7 80",
    },
    {
      name: "a pod of a node without a tunnel from here",
      address: { host: "10.42.2.7", port: 80 },
      dials: "direct 10.42.2.7 80",
    },
    {
      name: "what is outside the cluster from here",
      address: { host: "example.com", port: 443 },
      dials: "direct example.com 443",
    },
  ];
  test.each(cases)("dials $name", async ({ address, dials }) => {
    const { dialer, dialed } = aDialer();
    await dialer.dial(address, never);
    expect(dialed).toEqual([dials]);
  });

  test("says what it could not reach, and why", async () => {
    const { dialer, tunnels } = aDialer();
    tunnels.connect = () => Promise.reject(new Error("connect: connection refused"));
    const dialing = dialer.dial({ host: "10.42.1.7", port: 8443 }, never);
    await expect(dialing).rejects.toThrow("dial tcp 10.42.1.7:8443: connect: connection refused");
  });

  test("gives up what does not answer", async () => {
    const { dialer, tunnels, clock } = aDialer();
    tunnels.connect = (_name, _address, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error));
      });
    const dialing = dialer.dial({ host: "10.42.1.7", port: 8443 }, never);
    dialing.catch(() => undefined);
    await clock.advance(30_000);
    await expect(dialing).rejects.toThrow("dial tcp 10.42.1.7:8443: i/o timeout");
  });
});
