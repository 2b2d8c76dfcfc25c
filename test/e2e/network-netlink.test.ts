import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readdirSync, readlinkSync } from "node:fs";
import { KernelConntrack } from "#network/netlink/conntrack/kernel-conntrack.ts";
import { inNetworkNamespace } from "#network/netlink/namespace.ts";
import { isRefused, NetlinkError } from "#network/netlink/netlink-error.ts";
import { KernelNft } from "#network/netlink/nftables/kernel-nft.ts";
import { NETLINK_ROUTE } from "#network/netlink/protocol.ts";
import { getLinks } from "#network/netlink/route/link.ts";
import { RTNLGRP_LINK } from "#network/netlink/route/protocol.ts";
import { RouteSocket } from "#network/netlink/route/route-socket.ts";
import { NetlinkSocket } from "#network/netlink/socket.ts";
import { Subscription } from "#network/netlink/subscription.ts";
import { readSysctl, writeSysctl } from "#network/netlink/sysctl.ts";
import { matchNewConnection, rule } from "#network/nft/build.ts";
import { addressBytes } from "#network/nft/value.ts";
import { TestNamespace } from "./network-lab.ts";
import { openUdp, serveUdp } from "./network-traffic.ts";

let namespace: TestNamespace;
let stack: DisposableStack;

beforeEach(() => {
  stack = new DisposableStack();
  namespace = stack.use(new TestNamespace("netlink"));
});

afterEach(() => stack.dispose());

const openRoutes = (): RouteSocket => stack.use(new RouteSocket({ namespace: namespace.path }));
/** Files of the other tests in this process come and go; a leak shows as one for each of many rounds. */
const openFiles = (): number => readdirSync("/proc/self/fd").length;

describe("a namespace excursion", () => {
  const current = (): string => readlinkSync("/proc/thread-self/ns/net");

  test("runs inside the other namespace and comes back", () => {
    const home = current();
    const there = namespace.inside(current);
    expect(there).not.toBe(home);
    expect(current()).toBe(home);
  });

  test("comes back when the action throws", () => {
    const home = current();
    expect(() =>
      namespace.inside(() => {
        throw new RangeError("inside");
      }),
    ).toThrow("inside");
    expect(current()).toBe(home);
  });

  test.each(["/run/netns/kt-nothing", "/proc/self/ns/uts", "/etc/hostname"])("refuses %s", (path) => {
    const home = current();
    expect(() => inNetworkNamespace(path, () => 1)).toThrow(`Cannot enter network namespace "${path}"`);
    expect(current()).toBe(home);
  });

  test("leaves sockets where they were opened, and no file open", () => {
    const before = openFiles();
    for (let count = 0; count < 50; count += 1) {
      using routes = new RouteSocket({ namespace: namespace.path });
      expect(routes.links().map(({ name }) => name)).toEqual(["lo"]);
    }
    expect(openFiles() - before).toBeLessThan(10);
  });

  test("reaches the settings of the other namespace alone", () => {
    const path = ["net", "ipv4", "ip_default_ttl"];
    const here = readSysctl(path);
    expect(writeSysctl(path, "33", { namespace: namespace.path })).toBe(true);
    expect(readSysctl(path, { namespace: namespace.path })).toBe("33");
    expect(readSysctl(path)).toBe(here);
    expect(writeSysctl(["net", "ipv4", "nothing"], "1", { namespace: namespace.path })).toBe(false);
    expect(readSysctl(["net", "ipv4", "nothing"], { namespace: namespace.path })).toBeUndefined();
  });
});

describe("RouteSocket", () => {
  test("makes, changes and deletes links", () => {
    const routes = openRoutes();
    routes.createBridge("br0", { address: "0a:58:0a:2a:00:01", up: true });
    const bridge = routes.link("br0");
    expect(bridge).toMatchObject({ name: "br0", kind: "bridge", up: true, address: "0a:58:0a:2a:00:01" });
    routes.createVeth({
      name: "v0",
      master: bridge?.index ?? 0,
      peer: { name: "v1", address: "0a:58:0a:2a:00:02" },
    });
    const port = routes.link("v0");
    expect(port).toMatchObject({ kind: "veth", master: bridge?.index ?? 0, up: false, hairpin: false });
    routes.changeLink(port?.index ?? 0, { up: true, mtu: 1400 });
    routes.setHairpin(port?.index ?? 0, true);
    expect(routes.link("v0")).toMatchObject({ up: true, mtu: 1400, hairpin: true });
    expect(routes.link("v1")).toMatchObject({ address: "0a:58:0a:2a:00:02" });
    routes.changeLink(port?.index ?? 0, { name: "v9", master: 0 });
    expect(routes.link("v9")).toMatchObject({ master: 0 });
    routes.deleteLink(port?.index ?? 0);
    routes.deleteLink(port?.index ?? 0);
    expect(routes.links().map(({ name }) => name)).toEqual(["lo", "br0"]);
    expect(namespace.run("ip", "-o", "link", "show", "br0")).toContain("br0");
  });

  test("sets and deletes addresses, routes and neighbours", () => {
    const routes = openRoutes();
    routes.createBridge("br0", { up: true });
    const link = routes.link("br0")?.index ?? 0;
    for (const address of ["10.42.0.1/24", "fd42::1/64"]) {
      routes.addAddress({ link, address });
      routes.addAddress({ link, address });
      expect(routes.addresses()).toContainEqual({ link, address });
    }
    const route = { type: "unicast", destination: "10.43.0.0/16", link, source: "10.42.0.1" } as const;
    const fence = { type: "unreachable", destination: "10.42.0.0/16", metric: 4096 } as const;
    for (const each of [route, fence]) {
      routes.setRoute(each);
      routes.setRoute(each);
      expect(routes.routes()).toContainEqual(each);
    }
    expect(namespace.run("ip", "route")).toContain("unreachable 10.42.0.0/16 proto static metric 4096");
    for (const each of [route, fence, fence]) routes.deleteRoute(each);
    expect(routes.routes().map(({ destination }) => destination)).not.toContain("10.43.0.0/16");
    const neighbour = { link, address: "10.42.0.9", linkAddress: "0a:58:0a:2a:00:09" };
    routes.setNeighbour(neighbour);
    expect(routes.neighbours()).toContainEqual(neighbour);
    routes.deleteNeighbour(neighbour);
    routes.deleteNeighbour(neighbour);
    expect(routes.neighbours()).toEqual([]);
    routes.deleteAddress({ link, address: "10.42.0.1/24" });
    routes.deleteAddress({ link, address: "10.42.0.1/24" });
  });

  test("sets and deletes forwarding entries of a VXLAN link", () => {
    namespace.run("ip", "link", "add", "vx0", "type", "vxlan", "id", "1", "dstport", "8472", "nolearning");
    const routes = openRoutes();
    const entry = {
      link: routes.link("vx0")?.index ?? 0,
      linkAddress: "0a:58:0a:2a:01:00",
      destination: "192.168.1.2",
    };
    routes.setForwardingEntry(entry);
    expect(routes.forwardingEntries()).toContainEqual(entry);
    routes.deleteForwardingEntry(entry);
    routes.deleteForwardingEntry(entry);
    expect(routes.forwardingEntries()).not.toContainEqual(entry);
  });

  test("lists more links than fit into one message", () => {
    const routes = openRoutes();
    for (let index = 0; index < 100; index += 1) {
      routes.createVeth({ name: `a${String(index)}`, peer: { name: `b${String(index)}` } });
    }
    expect(routes.links()).toHaveLength(201);
  });

  test("says what was refused and why", () => {
    const routes = openRoutes();
    routes.createBridge("br0");
    const failure = (action: () => void): unknown => {
      try {
        action();
        return undefined;
      } catch (error) {
        return error;
      }
    };
    const exists = failure(() => routes.createBridge("br0"));
    expect(isRefused(exists, "EEXIST")).toBe(true);
    expect(exists).toMatchObject({ message: 'Cannot create bridge "br0": EEXIST' });
    const route = { type: "unicast", destination: "10.9.0.0/16", gateway: "1.2.3.4" } as const;
    expect(failure(() => routes.setRoute(route))).toMatchObject({
      message: 'Cannot set the route to "10.9.0.0/16": ENETUNREACH (Nexthop has invalid gateway)',
    });
    expect(routes.link("nothing")).toBeUndefined();
    expect(failure(() => routes.changeLink(999, { up: true }))).toBeInstanceOf(NetlinkError);
  });
});

describe("NetlinkSocket", () => {
  test("closes its file once, however often it is disposed", () => {
    const socket = NetlinkSocket.open({ protocol: NETLINK_ROUTE, namespace: namespace.path });
    socket[Symbol.dispose]();
    using next = NetlinkSocket.open({ protocol: NETLINK_ROUTE, namespace: namespace.path });
    expect(next.fd).toBe(socket.fd);
    socket[Symbol.dispose]();
    expect(next.dump(getLinks, "list links")).toHaveLength(1);
  });

  test("refuses a protocol that the kernel does not have", () => {
    const before = openFiles();
    for (let count = 0; count < 20; count += 1) {
      expect(() => NetlinkSocket.open({ protocol: 31, namespace: namespace.path })).toThrow(
        "Cannot open a socket: EPROTONOSUPPORT",
      );
    }
    expect(openFiles() - before).toBeLessThan(10);
  });
});

describe("Subscription", () => {
  test("brings what others change while the program does something else, and ends with its signal", async () => {
    const stop = new AbortController();
    using subscription = new Subscription({
      protocol: NETLINK_ROUTE,
      groups: [RTNLGRP_LINK],
      namespace: namespace.path,
    });
    const messages = subscription.messages(stop.signal);
    const first = messages.next();
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    while (turns <= 5) await Bun.sleep(1);
    namespace.run("ip", "link", "add", "br0", "type", "bridge");
    const { value } = await first;
    clearInterval(timer);
    expect(Array.isArray(value)).toBe(true);
    const second = messages.next();
    stop.abort();
    expect(await second).toMatchObject({ done: true });
  });

  test("leaves no file open", async () => {
    const cycle = async (): Promise<void> => {
      const stop = new AbortController();
      using subscription = new Subscription({ protocol: NETLINK_ROUTE, groups: [RTNLGRP_LINK] });
      const next = subscription.messages(stop.signal).next();
      await Bun.sleep(1);
      stop.abort();
      await next;
    };
    await cycle();
    const before = openFiles();
    for (let count = 0; count < 20; count += 1) await cycle();
    expect(openFiles() - before).toBeLessThan(10);
  });

  test("tells when messages were lost", async () => {
    using subscription = new Subscription({
      protocol: NETLINK_ROUTE,
      groups: [RTNLGRP_LINK],
      namespace: namespace.path,
    });
    const routes = openRoutes();
    // More notices than the buffer holds, before the first one is read.
    routes.createBridge("br0");
    const link = routes.link("br0")?.index ?? 0;
    for (let index = 0; index < 20_000; index += 1) routes.changeLink(link, { mtu: 1400 + (index & 1) });
    const drain = async (): Promise<void> => {
      for await (const _ of subscription.messages(AbortSignal.timeout(5_000)));
    };
    await expect(drain()).rejects.toMatchObject({ detail: { code: "overflow" } });
  });
});

describe("KernelConntrack", () => {
  test("lists connections of a protocol, and forgets one", async () => {
    using nft = new KernelNft({ namespace: namespace.path });
    using conntrack = new KernelConntrack({ namespace: namespace.path });
    const table = { family: "ip", name: "t" } as const;
    // The kernel tracks connections as soon as a rule looks at them.
    nft.apply({
      table,
      operations: [
        { type: "addTable" },
        { type: "addChain", chain: "c", hook: { type: "filter", hook: "output", priority: 0 } },
        { type: "addRule", chain: "c", rule: rule(matchNewConnection) },
      ],
    });
    using _server = await serveUdp(namespace, 5000, "s");
    using client = await openUdp(namespace, "127.0.0.1", 5000);
    expect(await client.ask()).toBe("s 127.0.0.1");
    const entries = conntrack.entries({ family: "ip", protocol: "UDP" });
    expect(entries).toMatchObject([
      {
        protocol: "UDP",
        original: { destination: addressBytes("127.0.0.1"), destinationPort: 5000 },
        reply: { source: addressBytes("127.0.0.1"), sourcePort: 5000 },
      },
    ]);
    expect(conntrack.entries({ family: "ip", protocol: "TCP" })).toEqual([]);
    expect(conntrack.entries({ family: "ip6", protocol: "UDP" })).toEqual([]);
    for (const entry of [...entries, ...entries]) conntrack.delete(entry);
    expect(conntrack.entries({ family: "ip", protocol: "UDP" })).toEqual([]);
  });
});
