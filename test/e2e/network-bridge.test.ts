import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { egressLinkName, hostLinkName } from "#network/bridge/link-names.ts";
import { bucketOf } from "#network/bridge/pod-bandwidth.ts";
import { RouteSocket } from "#network/netlink/route/route-socket.ts";
import { readSysctl } from "#network/netlink/sysctl.ts";
import { anEndpointSlice, aService } from "#testing/service-objects.ts";
import { TestNamespace } from "./network-lab.ts";
import { ADDRESSES, GATEWAY, NODE_IP, OUTSIDE_IP, TestNode } from "./network-node.ts";
import {
  askTcp,
  askUdp,
  connectTcp,
  openUdp,
  serveSink,
  serveTcp,
  serveUdp,
  timeOfSending,
  until,
  whyNotTcp,
} from "./network-traffic.ts";

/** What a router says of itself, for half an hour, to all neighbours of the pod (RFC 4861 4.2). */
const ADVERTISE = `
import socket
raw = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
raw.sendto(bytes([134, 0, 0, 0, 64, 0, 7, 8] + 8 * [0]), ("ff02::1", 0, 0, socket.if_nametoindex("eth0")))
`;

let node: TestNode;
let stack: AsyncDisposableStack;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  node = stack.use(await TestNode.create());
});

afterEach(() => stack.disposeAsync());

const hostLinks = (): readonly string[] => {
  using routes = new RouteSocket({ namespace: node.host.path });
  return routes.links().map(({ name }) => name);
};

describe("a pod", () => {
  test("has loopback, one address, and everything else behind the gateway", async () => {
    const pod = await node.addPod();
    using inside = new RouteSocket({ namespace: pod.namespace.path });
    const links = inside.links().map(({ name, up, mtu }) => ({ name, up, mtu }));
    expect(links).toEqual([
      { name: "lo", up: true, mtu: 65_536 },
      { name: "eth0", up: true, mtu: 1500 },
    ]);
    const eth0 = inside.link("eth0");
    const addresses = inside
      .addresses()
      .filter(({ link, address }) => link === eth0?.index && address.includes("."));
    expect(addresses.map(({ address }) => address)).toEqual(["10.42.0.2/32"]);
    expect(inside.routes().filter(({ destination }) => destination.includes("."))).toEqual([
      { type: "unicast", destination: "0.0.0.0/0", link: eth0?.index ?? 0, gateway: GATEWAY },
      { type: "unicast", destination: `${GATEWAY}/32`, link: eth0?.index ?? 0 },
    ]);
  });

  test("does not become the host's way to everywhere by saying that it is a router", async () => {
    const pod = await node.addPod();
    const address = (at: TestNamespace, own: string, link: string) =>
      at.run("ip", "address", "add", `${own}/64`, "dev", link, "nodad");
    address(node.host, "fe80::1", "kubelith0");
    address(pod.namespace, "fe80::2", "eth0");
    stack.use(serveTcp(node.host, 81, "host"));
    pod.namespace.run("python3", "-c", ADVERTISE);
    // What comes after it has been received after it.
    expect(await askTcp(pod.namespace, GATEWAY, 81)).toBe(`host ${pod.address}`);
    expect(node.host.run("ip", "-6", "route", "show", "default")).toBe("");
  });

  test("is a port of the bridge by a link that is named after the pod", async () => {
    await node.addPod();
    using routes = new RouteSocket({ namespace: node.host.path });
    const bridge = routes.link("kubelith0");
    expect(bridge).toMatchObject({ up: true, kind: "bridge", address: "0a:58:0a:2a:00:01" });
    expect(routes.link(hostLinkName("uid-pod-1"))).toMatchObject({
      up: true,
      kind: "veth",
      hairpin: true,
      ...(bridge && { master: bridge.index }),
    });
  });

  test("reaches pods, the host and the world, from the node's address there", async () => {
    const [a, b] = [await node.addPod(), await node.addPod()];
    stack.use(serveTcp(b.namespace, 80, "b"));
    stack.use(serveTcp(node.host, 81, "host"));
    stack.use(serveTcp(node.outside, 82, "outside"));
    expect(await askTcp(a.namespace, b.address, 80)).toBe(`b ${a.address}`);
    expect(await askTcp(a.namespace, GATEWAY, 81)).toBe(`host ${a.address}`);
    expect(await askTcp(a.namespace, NODE_IP, 81)).toBe(`host ${a.address}`);
    expect(await askTcp(a.namespace, OUTSIDE_IP, 82)).toBe(`outside ${NODE_IP}`);
    expect(await askTcp(node.host, b.address, 80)).toBe(`b ${GATEWAY}`);
  });

  test("receives and sends no faster than it may, until it is gone", async () => {
    await node.addPod({ bandwidth: { ingress: 10_000_000, egress: 20_000_000 } });
    const shaping = node.host.run("tc", "qdisc", "show");
    expect(shaping).toMatch(
      new RegExp(`qdisc tbf 1: dev ${hostLinkName("uid-pod-1")} root .* rate 10Mbit burst 125000b`),
    );
    expect(shaping).toMatch(
      new RegExp(`qdisc tbf 1: dev ${egressLinkName("uid-pod-1")} root .* rate 20Mbit burst 250000b`),
    );
    await node.network.detach("uid-pod-1");
    expect(node.host.run("tc", "qdisc", "show")).not.toContain("tbf");
    expect(hostLinks()).not.toContain(egressLinkName("uid-pod-1"));
  });

  test("takes the time for what it receives and sends that its limits say", async () => {
    const [ingress, egress] = [8_000_000, 16_000_000];
    const pod = await node.addPod({ bandwidth: { ingress, egress } });
    const size = 600_000;
    stack.use(serveSink(pod.namespace, 80, size));
    stack.use(serveSink(node.outside, 82, size));
    const [received, sent] = await Promise.all([
      timeOfSending(node.host, { host: pod.address, port: 80, size }),
      timeOfSending(pod.namespace, { host: OUTSIDE_IP, port: 82, size }),
    ]);
    const least = (rate: number): number => ((size - bucketOf(rate).burstBytes) * 8000) / rate;
    expect(received).toBeGreaterThan(least(ingress));
    expect(sent).toBeGreaterThan(least(egress));
  });

  test("is reached through its limits", async () => {
    const pod = await node.addPod({ bandwidth: { ingress: 1_000_000, egress: 1_000_000 } });
    stack.use(serveTcp(pod.namespace, 80, "pod"));
    stack.use(serveTcp(node.outside, 82, "outside"));
    expect(await askTcp(node.host, pod.address, 80)).toBe(`pod ${GATEWAY}`);
    expect(await askTcp(pod.namespace, OUTSIDE_IP, 82)).toBe(`outside ${NODE_IP}`);
    const passed = node.host.run("tc", "-s", "qdisc", "show", "dev", egressLinkName("uid-pod-1"));
    expect(passed).not.toContain("Sent 0 bytes");
  });

  test("learns no way around the host from redirects", async () => {
    const [a, b] = [await node.addPod(), await node.addPod()];
    stack.use(serveTcp(b.namespace, 80, "b"));
    for (let count = 0; count < 20; count += 1) await askTcp(a.namespace, b.address, 80);
    expect(a.namespace.run("ip", "route", "get", b.address)).toContain(`via ${GATEWAY}`);
    const [names, values] = node.host
      .run("grep", "^Icmp:", "/proc/net/snmp")
      .split("\n")
      .map((line) => line.split(" "));
    expect(values?.[names?.indexOf("OutRedirects") ?? -1]).toBe("0");
  });

  test("asks for names once more when the server is away, because it hears of no refusal", async () => {
    const pod = await node.addPod();
    const service = (name: string, address: string) => {
      const ports = [53, 54].map((port) => ({ name: String(port), port, protocol: "UDP" as const }));
      node.put(
        aService(name, address, { ports }),
        anEndpointSlice(name, name === "dns" ? [GATEWAY] : [], { ports }),
      );
      return address;
    };
    const [dns, nobody] = [service("dns", "10.43.0.10"), service("nobody", "10.43.0.11")];
    await node.startProxy();
    const refusing = new Set<string>();
    for (const hostname of [GATEWAY, dns, nobody])
      for (const port of [53, 54]) {
        const { opening } = pod.namespace.inside(() => ({
          opening: Bun.udpSocket({
            connect: { hostname, port },
            socket: { error: () => void refusing.add(`${hostname}:${String(port)}`) },
          }),
        }));
        const socket = stack.adopt(await opening, (open) => open.close());
        socket.send("?");
      }
    await until("all others refuse", () => refusing.size === 4);
    expect([...refusing].toSorted()).toEqual([`${GATEWAY}:54`, `${dns}:54`, `${nobody}:53`, `${nobody}:54`]);
  });

  test("is reached by its host ports, from everywhere and by itself", async () => {
    const hostPorts = [
      { hostIP: "", hostPort: 8080, containerPort: 80, protocol: "TCP" },
      { hostIP: NODE_IP, hostPort: 8081, containerPort: 80, protocol: "TCP" },
      { hostIP: "0.0.0.0", hostPort: 5353, containerPort: 53, protocol: "UDP" },
    ] as const;
    const pod = await node.addPod({ hostPorts });
    const other = await node.addPod();
    stack.use(serveTcp(pod.namespace, 80, "pod"));
    stack.use(await serveUdp(pod.namespace, 53, "pod"));
    expect(await askTcp(node.outside, NODE_IP, 8080)).toBe(`pod ${OUTSIDE_IP}`);
    expect(await askTcp(node.outside, NODE_IP, 8081)).toBe(`pod ${OUTSIDE_IP}`);
    expect(await askUdp(node.outside, NODE_IP, 5353)).toBe(`pod ${OUTSIDE_IP}`);
    expect(await askTcp(other.namespace, NODE_IP, 8080)).toBe(`pod ${other.address}`);
    expect(await askTcp(other.namespace, GATEWAY, 8080)).toBe(`pod ${other.address}`);
    expect(await askTcp(other.namespace, GATEWAY, 8081)).toBe("ECONNREFUSED");
    expect(await askTcp(pod.namespace, NODE_IP, 8080)).toBe(`pod ${GATEWAY}`);
    expect(await askTcp(node.host, NODE_IP, 8080)).toBe(`pod ${NODE_IP}`);
    await node.network.detach("uid-pod-1");
    expect(await askTcp(node.outside, NODE_IP, 8080)).toBe("ECONNREFUSED");
  });

  test("takes over the UDP clients of its host port from an earlier pod, which took them over from the host", async () => {
    const hostPorts = [{ hostIP: "", hostPort: 5353, containerPort: 53, protocol: "UDP" }] as const;
    using udp = await openUdp(node.outside, NODE_IP, 5353);
    expect(await udp.ask()).toBe("ECONNREFUSED");
    const first = await node.addPod({ hostPorts });
    stack.use(await serveUdp(first.namespace, 53, "first"));
    expect(await udp.ask()).toBe(`first ${OUTSIDE_IP}`);
    await node.network.detach("uid-pod-1");
    const second = await node.addPod({ hostPorts });
    stack.use(await serveUdp(second.namespace, 53, "second"));
    await until(
      "the client reaches the second pod",
      async () => (await udp.ask()) === `second ${OUTSIDE_IP}`,
    );
  });
});

describe("with both families", () => {
  const { node: NODE_IPV6, outside: OUTSIDE_IPV6, gateway: GATEWAY_IPV6 } = ADDRESSES.IPv6;
  let both: TestNode;

  beforeEach(async () => {
    both = stack.use(await TestNode.create({ families: ["IPv4", "IPv6"] }));
  });

  test("a pod is reached by its host ports, of the family of their address", async () => {
    const port = { containerPort: 80, protocol: "TCP" } as const;
    const before = both.host.run("nft", "list", "ruleset");
    const pod = await both.addPod({
      hostPorts: [
        { ...port, hostIP: "", hostPort: 8080 },
        { ...port, hostIP: NODE_IPV6, hostPort: 8081 },
        { ...port, hostIP: NODE_IP, hostPort: 8082 },
        { ...port, hostIP: "", hostPort: 8083, protocol: "SCTP" },
      ],
    });
    stack.use(serveTcp(pod.namespace, 80, "pod", "::"));
    const reached = async (address: string): Promise<readonly string[]> => {
      const said = await Promise.all([8080, 8081, 8082].map((each) => askTcp(both.outside, address, each)));
      return said.map((each) => each.replace("::ffff:", ""));
    };
    expect(await reached(NODE_IP)).toEqual([`pod ${OUTSIDE_IP}`, "ECONNREFUSED", `pod ${OUTSIDE_IP}`]);
    expect(await reached(NODE_IPV6)).toEqual([`pod ${OUTSIDE_IPV6}`, `pod ${OUTSIDE_IPV6}`, "ECONNREFUSED"]);
    expect(await askTcp(pod.namespace, NODE_IPV6, 8081)).toBe(`pod ${GATEWAY_IPV6}`);
    expect(both.host.run("nft", "list", "ruleset")).toContain("sctp . 8083");
    await both.network.detach("uid-pod-1");
    expect(await reached(NODE_IPV6)).toEqual(["ECONNREFUSED", "ECONNREFUSED", "ECONNREFUSED"]);
    expect(both.host.run("nft", "list", "ruleset")).toBe(before);
  });

  test("pods that come and go all at once never share an address, and leave nothing", async () => {
    const traces = async (): Promise<readonly unknown[]> => [
      await readdir(both.stateDirectory),
      both.host.run("nft", "list", "ruleset"),
      both.host.run("ip", "-brief", "link").replaceAll(/kubelith0.*/g, ""),
      both.host.run("tc", "qdisc", "show").split("\n").length,
    ];
    const before = await traces();
    const holders = new Map<string, string>();
    const live = async (namespace: TestNamespace, first: number): Promise<void> => {
      for (let number = first; number < first + 5; number += 1) {
        const podUid = `uid-${String(number)}`;
        const { ips } = await both.network.attach({
          podUid,
          podNamespace: "default",
          podName: podUid,
          sandboxId: podUid,
          networkNamespace: namespace.path,
          hostPorts: [{ hostIP: "", hostPort: 20_000 + number, containerPort: 80, protocol: "TCP" }],
          ...(number % 3 === 0 && { bandwidth: { ingress: 1_000_000, egress: 1_000_000 } }),
        });
        expect(ips).toHaveLength(2);
        for (const ip of ips) {
          expect(holders.get(ip), ip).toBeUndefined();
          holders.set(ip, podUid);
        }
        await Bun.sleep(0);
        for (const ip of ips) holders.delete(ip);
        await both.network.detach(podUid);
      }
    };
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => live(stack.use(new TestNamespace("pod")), index * 5)),
    );
    expect(await traces()).toEqual(before);
  });
});

describe("the host", () => {
  test("fences the cluster's ranges off from wider routes", async () => {
    node.host.route("10.0.0.0/8", OUTSIDE_IP);
    const [pod] = [await node.addPod()];
    expect(() => node.host.run("ip", "route", "get", "10.42.77.1")).toThrow("No route to host");
    expect(node.host.run("ip", "route", "get", "10.43.0.1")).toContain(`dev kubelith0 src ${GATEWAY}`);
    expect(node.host.run("ip", "route", "get", "10.99.0.1")).toContain(`via ${OUTSIDE_IP}`);
    expect(whyNotTcp(pod.namespace, "10.42.77.1", 80)).toBe("No route to host");
    // Without the bridge the unreachable route is what is left.
    node.host.run("ip", "link", "delete", "kubelith0");
    expect(() => node.host.run("ip", "route", "get", "10.43.0.1")).toThrow("No route to host");
  });

  test("forwards, and sends no redirects", () => {
    const setting = (...path: readonly string[]) =>
      readSysctl(["net", "ipv4", ...path], { namespace: node.host.path });
    expect(setting("ip_forward")).toBe("1");
    expect(setting("conf", "all", "send_redirects")).toBe("0");
    expect(setting("conf", "kubelith0", "send_redirects")).toBe("0");
    expect(setting("conf", "lan0", "send_redirects")).toBe("1");
  });

  test.each([
    { name: "deletes the bridge's address", command: ["address", "flush", "dev", "kubelith0"] },
    { name: "takes the bridge down", command: ["link", "set", "kubelith0", "down"] },
    { name: "deletes the routes", command: ["route", "flush", "10.43.0.0/16"] },
  ])("is set right by the next look at it when somebody $name", async ({ command }) => {
    const pod = await node.addPod();
    stack.use(serveTcp(node.host, 81, "host"));
    node.host.run("ip", ...command);
    await node.network.ready();
    expect(await askTcp(pod.namespace, NODE_IP, 81)).toBe(`host ${pod.address}`);
    expect(node.host.run("ip", "route", "get", "10.43.0.1")).toContain("dev kubelith0");
  });

  test("gets its masquerading back when somebody flushes the rules", async () => {
    const pod = await node.addPod();
    stack.use(serveTcp(node.outside, 82, "outside"));
    node.host.run("nft", "flush", "ruleset");
    await until("pods reach the world again", async () => {
      return (await askTcp(pod.namespace, OUTSIDE_IP, 82)) === `outside ${NODE_IP}`;
    });
  });
});

describe("a firewall that forwards nothing by default", () => {
  const firewall = (...rules: readonly (readonly string[])[]): void => {
    for (const each of rules) node.host.run("iptables", ...each);
  };

  test.each([
    { name: "alone", chain: "FORWARD", rules: [["-P", "FORWARD", "DROP"]] },
    {
      name: "of Docker Engine",
      chain: "DOCKER-USER",
      rules: [
        ["-P", "FORWARD", "DROP"],
        ["-N", "DOCKER-USER"],
        ["-A", "DOCKER-USER", "-j", "RETURN"],
        ["-I", "FORWARD", "-j", "DOCKER-USER"],
      ],
    },
  ])("lets pods pass, $name", async ({ chain, rules }) => {
    const [a, b] = [await node.addPod(), await node.addPod()];
    stack.use(serveTcp(b.namespace, 80, "b"));
    stack.use(serveTcp(node.outside, 82, "outside"));
    const before = node.host.run("iptables", "-S");
    firewall(...rules);
    const closed = node.host.run("iptables", "-S");
    expect(await askTcp(a.namespace, b.address, 80)).toBe("timeout");
    await node.network.ready();
    await node.network.ready();
    expect(await askTcp(a.namespace, b.address, 80)).toBe(`b ${a.address}`);
    expect(await askTcp(a.namespace, OUTSIDE_IP, 82)).toBe(`outside ${NODE_IP}`);
    expect(node.host.run("iptables", "-S", chain)).toContain(
      `-A ${chain} -s 10.42.0.0/16 -m comment --comment "kubelith pods" -j ACCEPT\n`,
    );
    expect(node.host.run("iptables", "-S").split("\n")).toHaveLength(closed.split("\n").length + 2);
    await node.network.removeAll();
    expect(node.host.run("iptables", "-S")).toBe(closed);
    expect(closed).not.toBe(before);
  });

  test("is left alone while it forwards", async () => {
    firewall(["-P", "FORWARD", "ACCEPT"], ["-A", "FORWARD", "-p", "tcp", "--dport", "1", "-j", "DROP"]);
    const before = node.host.run("iptables", "-S");
    await node.network.ready();
    expect(node.host.run("iptables", "-S")).toBe(before);
  });
});

describe("a restart", () => {
  test("adopts pods without touching them or their connections", async () => {
    const hostPorts = [{ hostIP: "", hostPort: 8080, containerPort: 80, protocol: "TCP" }] as const;
    const pod = await node.addPod({ hostPorts });
    stack.use(serveTcp(pod.namespace, 80, "pod"));
    using established = await connectTcp(node.outside, NODE_IP, 8080);
    const before = node.host.run("ip", "-o", "link");
    await node.stopNetwork();
    expect(await established.ask()).toBe(`pod ${OUTSIDE_IP}`);
    await node.startNetwork();
    expect(node.host.run("ip", "-o", "link")).toBe(before);
    expect(await established.ask()).toBe(`pod ${OUTSIDE_IP}`);
    expect(await askTcp(node.outside, NODE_IP, 8080)).toBe(`pod ${OUTSIDE_IP}`);
    const again = await node.network.attach({
      podUid: "uid-pod-1",
      podNamespace: "default",
      podName: "pod-1",
      sandboxId: "sandbox",
      networkNamespace: pod.namespace.path,
      hostPorts,
    });
    expect(again).toEqual({ ips: [pod.address] });
    expect((await node.addPod()).address).not.toBe(pod.address);
  });

  test("finds no address free that a pod may have, whatever happened to the files", async () => {
    const [a, b] = [await node.addPod(), await node.addPod()];
    await node.stopNetwork();
    // A write that was cut short, and a file that was damaged.
    await writeFile(join(node.stateDirectory, "10.42.0.9.new"), "{");
    await writeFile(join(node.stateDirectory, a.address), '{"podUid":');
    await node.startNetwork();
    expect(await readdir(node.stateDirectory)).not.toContain("10.42.0.9.new");
    const taken = new Set([a.address, b.address]);
    for (let count = 0; count < 4; count += 1) {
      const { address } = await node.addPod();
      expect(taken.has(address), address).toBe(false);
      taken.add(address);
    }
    // The damaged file's pod still runs, so its address stays taken; when it is gone, the address is free.
    await node.network.collect(new Set(["uid-pod-1", "uid-pod-2"]));
    expect(await readdir(node.stateDirectory)).toContain(a.address);
    await node.network.collect(new Set(["uid-pod-2"]));
    expect((await readdir(node.stateDirectory)).toSorted()).toEqual([b.address, "pod-cidr"]);
    expect(hostLinks()).not.toContain(hostLinkName("uid-pod-1"));
  });

  test("is ready before the node's range is told again", async () => {
    const pod = await node.addPod();
    await node.stopNetwork();
    await node.startNetwork();
    await node.network.ready();
    expect(node.host.run("ip", "route", "get", pod.address)).toContain("kubelith0");
  });
});

describe("connecting", () => {
  test("fails with a clear error when the pod's namespace is gone", async () => {
    const attachment = {
      podUid: "uid-x",
      podNamespace: "default",
      podName: "x",
      sandboxId: "sandbox",
      networkNamespace: "/run/netns/kt-nothing",
      hostPorts: [],
    };
    await expect(node.network.attach(attachment)).rejects.toThrow(
      'Cannot connect pod "default/x": Cannot enter network namespace "/run/netns/kt-nothing"',
    );
    await node.network.detach("uid-x");
    expect(await readdir(node.stateDirectory)).toEqual(["pod-cidr"]);
  });

  test("completes what an earlier attempt left unfinished", async () => {
    const pod = await node.addPod();
    stack.use(serveTcp(node.host, 81, "host"));
    pod.namespace.run("ip", "address", "flush", "dev", "eth0");
    pod.namespace.run("ip", "link", "set", "eth0", "down");
    using host = new RouteSocket({ namespace: node.host.path });
    host.changeLink(host.link(hostLinkName("uid-pod-1"))?.index ?? 0, { master: 0, up: false });
    await node.network.attach({
      podUid: "uid-pod-1",
      podNamespace: "default",
      podName: "pod-1",
      sandboxId: "sandbox",
      networkNamespace: pod.namespace.path,
      hostPorts: [],
    });
    expect(await askTcp(pod.namespace, NODE_IP, 81)).toBe(`host ${pod.address}`);
  });

  test("leaves nothing behind when all is removed", async () => {
    const linksBefore = hostLinks();
    await node.addPod();
    await node.addPod({ hostPorts: [{ hostIP: "", hostPort: 8080, containerPort: 80, protocol: "TCP" }] });
    await node.network.removeAll();
    expect(hostLinks()).toEqual(linksBefore.filter((name) => name !== "kubelith0"));
    expect(node.host.run("nft", "list", "ruleset")).toBe("");
    expect(node.host.run("ip", "route")).toBe(
      `192.168.9.0/24 dev lan0 proto kernel scope link src ${NODE_IP} \n`,
    );
    await node.network.removeAll();
  });
});
