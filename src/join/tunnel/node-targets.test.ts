import { describe, expect, test } from "bun:test";
import { resolveTarget } from "./node-targets.ts";

const own = { kubelet: { host: "192.0.2.5", port: 10250 }, podCIDRs: ["10.42.1.0/24", "fd42:0:0:1::/64"] };

describe("resolveTarget", () => {
  test("knows where the kubelet listens", () => {
    expect(resolveTarget({ host: "127.0.0.1", port: 10250 }, own)).toEqual(own.kubelet);
  });

  test.each(["10.42.1.2", "10.42.1.255", "fd42:0:0:1::2"])("leads to the pod %s", (host) => {
    expect(resolveTarget({ host, port: 8443 }, own)).toEqual({ host, port: 8443 });
  });

  const foreign = [
    { name: "another port of the node", host: "127.0.0.1", port: 22 },
    { name: "the node's address in the range of its pods", host: "10.42.1.1", port: 10250 },
    { name: "the name of the range", host: "10.42.1.0", port: 80 },
    { name: "the node's own address", host: "192.0.2.5", port: 10250 },
    { name: "a pod of another node", host: "10.42.2.7", port: 80 },
    { name: "a neighbour", host: "192.0.2.9", port: 80 },
    { name: "another loopback address", host: "127.0.0.2", port: 10250 },
    { name: "IPv6 loopback", host: "::1", port: 10250 },
    { name: "a pod in other letters", host: "::ffff:10.42.1.7", port: 80 },
    { name: "a name", host: "localhost", port: 10250 },
    { name: "an address that is none", host: "10.42.1.07", port: 80 },
    { name: "nothing", host: "", port: 10250 },
  ];
  test.each(foreign)("refuses $name", ({ host, port }) => {
    expect(resolveTarget({ host, port }, own)).toBeUndefined();
  });

  test("refuses pods before the node has a range", () => {
    expect(resolveTarget({ host: "10.42.1.7", port: 80 }, { ...own, podCIDRs: [] })).toBeUndefined();
  });
});
