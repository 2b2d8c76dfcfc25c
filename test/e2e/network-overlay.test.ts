import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { systemClock } from "#base/clock.ts";
import { HostAddress } from "#network/host-address/host-address.ts";
import { RouteSocket } from "#network/netlink/route/route-socket.ts";
import type { OverlayBackend } from "#network/overlay/node-facts.ts";
import { removeOverlay } from "#network/overlay/overlay.ts";
import { vtepAddressOf } from "#network/overlay/vxlan-link.ts";
import { silentLogger } from "#observability/logger.ts";
import { TestNamespace } from "./network-lab.ts";
import type { TestPod } from "./network-node.ts";
import { askTcp, connectTcp, serveTcp, until } from "./network-traffic.ts";
import { type TestHost, TestOverlay } from "./overlay-lab.ts";

let stack: AsyncDisposableStack;

beforeEach(() => {
  stack = new AsyncDisposableStack();
});

afterEach(() => stack.disposeAsync());

interface Pair {
  readonly cluster: TestOverlay;
  readonly hosts: readonly [TestHost, TestHost];
  readonly pods: readonly [TestPod, TestPod];
}

/** Two hosts with a pod each; the second pod answers. */
async function openPair(backend: OverlayBackend): Promise<Pair> {
  const cluster = stack.use(new TestOverlay({ backend }));
  const [a, b] = await cluster.addHosts(2);
  if (a === undefined || b === undefined) throw new RangeError("No hosts");
  const pods = [await a.addPod(), await b.addPod()] as const;
  stack.use(serveTcp(pods[1].namespace, 80, "b"));
  return { cluster, hosts: [a, b], pods };
}

const reaches = async ({ pods: [a, b] }: Pair): Promise<boolean> =>
  (await askTcp(a.namespace, b.address, 80)) === `b ${a.address}`;

function mtuOf({ namespace }: TestPod): number | undefined {
  using routes = new RouteSocket({ namespace: namespace.path });
  return routes.link("eth0")?.mtu;
}

describe.each([{ backend: "vxlan" }, { backend: "host-gw" }] as const)("with $backend", ({ backend }) => {
  test("pods of three hosts reach each other from their own addresses", async () => {
    const hosts = await stack.use(new TestOverlay({ backend })).addHosts(3);
    const pods = await Promise.all(hosts.map((host) => host.addPod()));
    for (const pod of pods) stack.use(serveTcp(pod.namespace, 80, pod.address));
    for (const from of pods) {
      for (const to of pods) {
        const answer = await askTcp(from.namespace, to.address, 80);
        expect(answer, `${from.address} asks ${to.address}`).toBe(`${to.address} ${from.address}`);
      }
    }
  });

  test("pods send packets that need no fragments, also after the uplink's size has changed", async () => {
    const pair = await openPair(backend);
    const [a, b] = pair.pods;
    const overhead = backend === "vxlan" ? 50 : 0;
    for (const uplink of [1500, 1400, 1460]) {
      for (const host of pair.hosts) host.namespace.run("ip", "link", "set", "lan0", "mtu", String(uplink));
      const mtu = uplink - overhead;
      for (const pod of pair.pods) await until(`pods have the size ${String(mtu)}`, () => mtuOf(pod) === mtu);
      // What is left of a packet without its IP and ICMP headers.
      const size = String(mtu - 28);
      a.namespace.run("busybox", "ping", "-c", "1", "-W", "2", "-s", size, b.address);
    }
    expect(pair.hosts.map((host) => host.fragments())).toEqual([0, 0]);
  });

  test("a link that flaps and a changed address converge", async () => {
    const pair = await openPair(backend);
    const [, host] = pair.hosts;
    for (let flaps = 0; flaps < 3; flaps += 1) {
      host.namespace.run("ip", "link", "set", "lan0", "down");
      host.namespace.run("ip", "link", "set", "lan0", "up");
    }
    await until("the pod is reached after the link has come back", () => reaches(pair));
    host.changeAddress("192.168.9.76");
    await until("the pod is reached at an address that has changed meanwhile", () => reaches(pair));
    await host.stop();
    host.changeAddress("192.168.9.77");
    await host.start();
    await until("the pod is reached at the host's new address", () => reaches(pair));
  });

  test("a restart changes nothing, and the ways to a node that has left go", async () => {
    const pair = await openPair(backend);
    const [host, other] = pair.hosts;
    const look = (): string =>
      host.namespace.run("ip", "link") +
      host.namespace.run("ip", "neighbour", "show", "nud", "permanent") +
      host.namespace.run("ip", "route");
    const before = look();
    using client = await connectTcp(pair.pods[0].namespace, pair.pods[1].address, 80);
    await host.stop();
    await host.start();
    await host.ready;
    expect(look()).toBe(before);
    expect(await client.ask()).toBe(`b ${pair.pods[0].address}`);
    pair.cluster.removeNode(other);
    await until("the ways to the other node are gone", () => host.knownNodes() === 0);
    const leftOver =
      host.namespace.run("ip", "neighbour", "show", "nud", "permanent") + host.namespace.run("bridge", "fdb");
    expect(leftOver).not.toContain(vtepAddressOf(other.name));
  });

  test("what others remove is made again, and what they have made stays", async () => {
    const pair = await openPair(backend);
    const [host] = pair.hosts;
    host.namespace.run("ip", "route", "add", "192.0.2.0/24", "dev", "lan0");
    host.namespace.run("ip", "route", "flush", "proto", "107");
    await until("routes are back", () => reaches(pair));
    if (backend === "vxlan") {
      const mac = vtepAddressOf("n2");
      host.namespace.run("bridge", "fdb", "delete", mac, "dev", "kubelith.1");
      await until("the forwarding entry is back", () => reaches(pair));
      host.namespace.run("ip", "neighbour", "delete", "10.42.2.0", "dev", "kubelith.1");
      await until("the neighbour is back", () => reaches(pair));
      host.namespace.run("ip", "link", "delete", "kubelith.1");
      await until("the link is back", () => reaches(pair));
    }
    expect(host.namespace.run("ip", "route")).toContain("192.0.2.0/24");
    await host.stop();
    removeOverlay({ namespace: host.namespace.path });
    expect(host.knownNodes()).toBe(0);
    expect(host.namespace.run("ip", "link")).not.toContain("kubelith.1");
    expect(host.namespace.run("ip", "route")).toContain("192.0.2.0/24");
  });
});

describe.each([
  { families: "dual", backend: "vxlan" },
  { families: "dual", backend: "host-gw" },
  { families: "IPv6", backend: "vxlan" },
  { families: "IPv6", backend: "host-gw" },
] as const)("$families by $backend", ({ families, backend }) => {
  test("pods reach each other, their hosts, the world and themselves by every address", async () => {
    const cluster = stack.use(new TestOverlay({ backend, families }));
    const [a, b] = await cluster.addHosts(2);
    if (a === undefined || b === undefined) throw new RangeError("No hosts");
    const [here, other, there] = [await a.addPod(), await a.addPod(), await b.addPod()];
    for (const pod of [here, other, there]) stack.use(serveTcp(pod.namespace, 80, "pod", "::"));
    stack.use(serveTcp(a.namespace, 81, "host", "::"));
    for (const [index, source] of here.addresses.entries()) {
      for (const pod of [here, other, there]) {
        const answer = await askTcp(here.namespace, pod.addresses[index] ?? "", 80);
        expect(plain(answer), `${source} asks ${pod.addresses.join()}`).toBe(`pod ${source}`);
      }
      const own = a.networks[index]?.split("/")[0] ?? "";
      expect(plain(await askTcp(here.namespace, own, 81))).toBe(`host ${source}`);
    }
    const mtu = mtuOf(here) ?? 0;
    expect(mtu).toBe(backend === "host-gw" ? 1500 : families === "IPv6" ? 1430 : 1450);
    for (const address of there.addresses) {
      const headers = address.includes(":") ? 48 : 28;
      here.namespace.run("busybox", "ping", "-c", "1", "-W", "2", "-s", String(mtu - headers), address);
    }
    expect([a.fragments(), b.fragments()]).toEqual([0, 0]);
  });
});

/** A server for both families sees IPv4 addresses as IPv6 ones. */
function plain(answer: string): string {
  return answer.replace("::ffff:", "");
}

describe("a host", () => {
  test("is known by the address of its default route, which may come later, or be another one then", async () => {
    const [host, router] = [stack.use(new TestNamespace("host")), stack.use(new TestNamespace("router"))];
    host.link("lan0", "192.168.8.1/24", { in: router, name: "lan0", address: "192.168.8.9/24" });
    host.link("lan1", "192.168.9.1/24", { in: router, name: "lan1", address: "192.168.9.9/24" });
    const options = { address: "192.168.8.1", namespace: host.path };
    const dependencies = { clock: systemClock, logger: silentLogger };
    const follower = stack.use(new HostAddress({ ...options, isFixed: false }, dependencies));
    const fixed = stack.use(new HostAddress({ ...options, isFixed: true }, dependencies));
    host.route("0.0.0.0/0", "192.168.9.9");
    await until("the address is that of the default route", () => follower.current === "192.168.9.1");
    host.run("ip", "address", "delete", "192.168.9.1/24", "dev", "lan1");
    host.run("ip", "address", "add", "192.168.9.7/24", "dev", "lan1");
    host.route("0.0.0.0/0", "192.168.9.9");
    await until("the address is that of the new lease", () => follower.current === "192.168.9.7");
    expect(fixed.current).toBe("192.168.8.1");
  });

  test.each([
    { backend: "vxlan", source: "10.42.1.0" },
    { backend: "host-gw", source: "192.168.9.1" },
  ] as const)("reaches pods of others with $backend from $source", async ({ backend, source }) => {
    const { hosts, pods } = await openPair(backend);
    expect(await askTcp(hosts[0].namespace, pods[1].address, 80)).toBe(`b ${source}`);
  });

  test("tells of a node that host-gw cannot reach, and of a route that is somebody else's", async () => {
    const pair = await openPair("host-gw");
    const [host, other] = pair.hosts;
    await other.stop();
    other.changeAddress("192.168.7.2");
    await other.start();
    await until("the other is said to be on another link", () =>
      host.warnings.some((line) =>
        line.includes('Node \\"n2\\" at 192.168.7.2 is not on the link of 192.168.9.1/24'),
      ),
    );
    expect(host.knownNodes()).toBe(0);
    host.namespace.run("ip", "route", "add", "10.42.2.0/24", "dev", "lan0");
    await other.stop();
    other.changeAddress("192.168.9.2");
    await other.start();
    await until("the route is said to be there already", () =>
      host.warnings.some((line) => line.includes('Cannot add the route to \\"10.42.2.0/24\\": EEXIST')),
    );
    expect(host.namespace.run("ip", "route", "show", "10.42.2.0/24")).toStartWith(
      "10.42.2.0/24 dev lan0 scope link",
    );
  });
});
