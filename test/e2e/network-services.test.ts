import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeSysctl } from "#network/netlink/sysctl.ts";
import { anEndpoint, anEndpointSlice, aService } from "#testing/service-objects.ts";
import { ADDRESSES, TestNode, type TestPod } from "./network-node.ts";
import { askTcp, askUdp, openUdp, serveTcp, serveUdp, until, whyNotTcp } from "./network-traffic.ts";

/** The names of who answered, each once. */
async function answers(ask: () => Promise<string>, times = 24): Promise<readonly string[]> {
  const all = await Promise.all(Array.from({ length: times }, ask));
  return [...new Set(all)].toSorted();
}

describe.each([
  { name: "pods bridged past netfilter", family: "IPv4", bridgeNetfilter: "0", mode: "nftables" },
  { name: "br_netfilter on", family: "IPv4", bridgeNetfilter: "1", mode: "nftables" },
  { name: "by iptables", family: "IPv4", bridgeNetfilter: "1", mode: "iptables" },
  { name: "IPv6", family: "IPv6", bridgeNetfilter: "1", mode: "nftables" },
  { name: "IPv6 by ip6tables", family: "IPv6", bridgeNetfilter: "1", mode: "iptables" },
] as const)("Services in the kernel, $name", ({ family, bridgeNetfilter, mode }) => {
  const {
    node: NODE_IP,
    outside: OUTSIDE_IP,
    gateway: GATEWAY,
    length,
    services,
    clusterIP,
  } = ADDRESSES[family];
  const everywhere = family === "IPv4" ? "0.0.0.0" : "::";
  const externalIP = family === "IPv4" ? "5.5.5.5" : "fd05::5";
  let node: TestNode;
  let a: TestPod;
  let b: TestPod;
  let client: TestPod;
  const stack = new AsyncDisposableStack();

  beforeAll(async () => {
    node = stack.use(await TestNode.create({ families: [family] }));
    const path = ["net", "bridge", `bridge-nf-call-${family === "IPv4" ? "ip" : "ip6"}tables`];
    writeSysctl(path, bridgeNetfilter, { namespace: node.host.path });
    await node.startProxy(mode);
    [a, b, client] = [await node.addPod(), await node.addPod(), await node.addPod()];
    for (const [name, pod] of [
      ["a", a],
      ["b", b],
    ] as const) {
      stack.use(serveTcp(pod.namespace, 8080, name, everywhere));
      stack.use(await serveUdp(pod.namespace, 8080, name, everywhere));
    }
    stack.use(serveTcp(node.host, 9999, "host", everywhere));
    stack.use(serveTcp(node.outside, 9999, "outside", everywhere));
    node.outside.route(services, NODE_IP);
    node.put(
      aService("web", clusterIP(1), {
        type: "NodePort",
        ports: [{ nodePort: 30080 }],
        externalIPs: [externalIP],
      }),
      anEndpointSlice("web", [a.address, b.address]),
      aService("single", clusterIP(2)),
      anEndpointSlice("single", [a.address]),
      aService("empty", clusterIP(3), { type: "NodePort", ports: [{ nodePort: 30083 }] }),
      aService("sticky", clusterIP(4), { sessionAffinity: "ClientIP" }),
      anEndpointSlice("sticky", [a.address, b.address]),
      aService("local", clusterIP(5), {
        type: "NodePort",
        ports: [{ nodePort: 30085 }],
        externalTrafficPolicy: "Local",
      }),
      anEndpointSlice("local", [anEndpoint(a.address), anEndpoint(OUTSIDE_IP, { node: "n2" })]),
      aService("away", clusterIP(6), {
        type: "NodePort",
        ports: [{ nodePort: 30086 }],
        externalTrafficPolicy: "Local",
        internalTrafficPolicy: "Local",
      }),
      anEndpointSlice("away", [anEndpoint(a.address, { node: "n2" })]),
      aService("host", clusterIP(7)),
      anEndpointSlice("host", [NODE_IP], { ports: [{ name: "", port: 9999, protocol: "TCP" }] }),
      aService("sctp", clusterIP(10), {
        type: "NodePort",
        ports: [{ protocol: "SCTP", nodePort: 30090 }],
      }),
      anEndpointSlice("sctp", [a.address], { ports: [{ name: "", port: 8080, protocol: "SCTP" }] }),
      aService("beyond", clusterIP(8)),
      anEndpointSlice("beyond", [OUTSIDE_IP], { ports: [{ name: "", port: 9999, protocol: "TCP" }] }),
    );
    await until("the Services answer", async () =>
      (await askTcp(client.namespace, clusterIP(8), 80)).startsWith("outside"),
    );
  });

  afterAll(() => stack.disposeAsync());

  test("a pod reaches all endpoints by ClusterIP, and they see its address", async () => {
    expect(await answers(() => askTcp(client.namespace, clusterIP(1), 80))).toEqual([
      `a ${client.address}`,
      `b ${client.address}`,
    ]);
  });

  test("the host reaches all endpoints by ClusterIP", async () => {
    expect(await answers(() => askTcp(node.host, clusterIP(1), 80))).toEqual([
      `a ${GATEWAY}`,
      `b ${GATEWAY}`,
    ]);
  });

  test("another host that routes cluster IPs here is masqueraded", async () => {
    expect(await answers(() => askTcp(node.outside, clusterIP(1), 80))).toEqual([
      `a ${GATEWAY}`,
      `b ${GATEWAY}`,
    ]);
  });

  test("another host reaches the node port", async () => {
    expect(await answers(() => askTcp(node.outside, NODE_IP, 30080))).toEqual([
      `a ${GATEWAY}`,
      `b ${GATEWAY}`,
    ]);
  });

  test("a pod reaches the node port", async () => {
    expect(await answers(() => askTcp(client.namespace, NODE_IP, 30080))).toEqual([
      `a ${GATEWAY}`,
      `b ${GATEWAY}`,
    ]);
  });

  test("the host reaches its own node port", async () => {
    expect(await answers(() => askTcp(node.host, NODE_IP, 30080))).toEqual([`a ${GATEWAY}`, `b ${GATEWAY}`]);
  });

  if (family === "IPv4") {
    test("the host reaches its own node port on loopback", async () => {
      expect(await answers(() => askTcp(node.host, "127.0.0.1", 30080))).toEqual([
        `a ${GATEWAY}`,
        `b ${GATEWAY}`,
      ]);
      expect(await askTcp(node.host, "127.0.0.1", 30086), "traffic policy Local").toBe(`a ${GATEWAY}`);
      expect(whyNotTcp(node.host, "127.0.0.1", 30083), "without endpoints").toBe("Connection refused");
    });

    test("other hosts do not reach what listens on the host's loopback", async () => {
      stack.use(serveTcp(node.host, 9998, "loopback", "127.0.0.1"));
      node.outside.run("ip", "addr", "del", "127.0.0.1/8", "dev", "lo");
      node.outside.run("ip", "route", "replace", "127.0.0.0/8", "via", NODE_IP, "src", OUTSIDE_IP);
      writeSysctl(["net", "ipv4", "conf", "all", "route_localnet"], "1", { namespace: node.outside.path });
      expect(await askTcp(node.host, "127.0.0.1", 9998)).toBe("loopback 127.0.0.1");
      expect(await askTcp(node.outside, "127.0.0.1", 9998)).toBe("timeout");
    });
  }

  test("a pod reaches an external IP", async () => {
    expect(await answers(() => askTcp(client.namespace, externalIP, 80))).toEqual([
      `a ${GATEWAY}`,
      `b ${GATEWAY}`,
    ]);
  });

  test("a pod reaches itself by its Service", async () => {
    expect(await askTcp(a.namespace, clusterIP(2), 80)).toBe(`a ${GATEWAY}`);
  });

  test("a pod reaches a neighbour by its Service and directly, each answering to its address", async () => {
    expect(await askTcp(b.namespace, clusterIP(2), 80)).toBe(`a ${b.address}`);
    expect(await askTcp(b.namespace, a.address, 8080)).toBe(`a ${b.address}`);
  });

  test("a Service without endpoints refuses", () => {
    expect(whyNotTcp(client.namespace, clusterIP(3), 80)).toBe("Connection refused");
    expect(whyNotTcp(node.host, clusterIP(3), 80)).toBe("Connection refused");
    expect(whyNotTcp(node.outside, NODE_IP, 30083)).toBe("Connection refused");
    expect(whyNotTcp(node.host, NODE_IP, 30083)).toBe("Connection refused");
  });

  test("a client with session affinity stays with its endpoint", async () => {
    const [first, ...others] = await answers(() => askTcp(client.namespace, clusterIP(4), 80));
    expect(first).toEndWith(client.address);
    expect(others).toEqual([]);
  });

  test("traffic policy Local keeps the client's address and the local endpoint", async () => {
    expect(await answers(() => askTcp(node.outside, NODE_IP, 30085))).toEqual([`a ${OUTSIDE_IP}`]);
  });

  test("traffic policy Local without a local endpoint is silent", async () => {
    expect(await askTcp(node.outside, NODE_IP, 30086)).toBe("timeout");
    expect(await askTcp(client.namespace, clusterIP(6), 80)).toBe("timeout");
    expect(await askTcp(client.namespace, NODE_IP, 30086)).toBe(`a ${client.address}`);
  });

  test("endpoints on the host and beyond the cluster are reached, the latter from the node's address", async () => {
    expect(await askTcp(client.namespace, clusterIP(7), 80)).toBe(`host ${client.address}`);
    expect(await askTcp(node.host, clusterIP(7), 80)).toBe(`host ${NODE_IP}`);
    expect(await askTcp(client.namespace, clusterIP(8), 80)).toBe(`outside ${NODE_IP}`);
    expect(await askTcp(node.host, clusterIP(8), 80)).toBe(`outside ${NODE_IP}`);
  });

  test("UDP clients of every address come to the endpoint that there is, by the port that they had before", async () => {
    const ports = [{ name: "", port: 8080, protocol: "UDP" as const }];
    const loadBalancerIP = family === "IPv4" ? "6.6.6.6" : "fd06::6";
    node.outside.route(`${loadBalancerIP}/${String(length)}`, NODE_IP);
    using byClusterIP = await openUdp(client.namespace, clusterIP(9), 53);
    using byNodePort = await openUdp(node.outside, NODE_IP, 30053);
    using byLoadBalancer = await openUdp(node.outside, loadBalancerIP, 53);
    using byHost = await openUdp(node.host, clusterIP(9), 53);
    const everyone = [
      { by: "cluster IP", socket: byClusterIP, address: client.address },
      { by: "node port", socket: byNodePort, address: GATEWAY },
      { by: "load balancer", socket: byLoadBalancer, address: GATEWAY },
      { by: "cluster IP of the host", socket: byHost, address: GATEWAY },
    ];
    const isHeardBy = async (server: string): Promise<void> => {
      for (const { by, socket, address } of everyone) {
        await until(
          `the socket of the ${by} reaches ${server}`,
          async () => (await socket.ask()) === `${server} ${address}`,
        );
      }
    };
    // Before there is such a Service, packets to its node port are the host's own.
    await Promise.all(everyone.map(({ socket }) => socket.ask()));
    const service = aService("udp", clusterIP(9), {
      type: "LoadBalancer",
      ports: [{ port: 53, protocol: "UDP", nodePort: 30053 }],
      loadBalancerIPs: [loadBalancerIP],
    });
    node.put(service);
    await until("the Service is known", async () => (await byClusterIP.ask()) === "ECONNREFUSED");
    await Promise.all(everyone.map(({ socket }) => socket.ask()));
    node.put(anEndpointSlice("udp", [a.address], { ports }));
    await isHeardBy("a");
    node.put(anEndpointSlice("udp", [b.address], { ports }));
    await isHeardBy("b");
  });

  test("the kernel has the rules of a Service of protocol SCTP, which it cannot speak itself", () => {
    const [save, host] =
      family === "IPv4" ? ["iptables-save", a.address] : ["ip6tables-save", `[${a.address}]`];
    if (mode === "iptables") {
      const rules = node.host.run(save);
      expect(rules).toContain(`-m sctp -j DNAT --to-destination ${host}:8080`);
      expect(rules).toContain(
        '-p sctp -m comment --comment "default/sctp" -m sctp --dport 30090 -j KUBE-EXT-',
      );
    } else {
      const rules = node.host.run("nft", "list", "ruleset");
      expect(rules).toContain(`${clusterIP(10)} . sctp . 80 : goto endpoints-1`);
      expect(rules).toContain("sctp . 30090 : goto endpoints-1");
    }
  });

  test("a load balancer's health checks are answered", async () => {
    const ask = async (port: number, path: string): Promise<unknown> => {
      const url = `http://${family === "IPv4" ? NODE_IP : `[${NODE_IP}]`}:${String(port)}${path}`;
      // This process answers, so it must not wait for the command.
      const curl = ["ip", "netns", "exec", node.outside.name, "curl", "-s", "--max-time", "5", url];
      const text = await Bun.spawn(curl).stdout.text();
      return text === "" ? undefined : (JSON.parse(text) as unknown);
    };
    node.put(
      { apiVersion: "v1", kind: "Node", metadata: { name: "n1" } },
      aService("balanced", clusterIP(11), {
        type: "LoadBalancer",
        externalTrafficPolicy: "Local",
        healthCheckNodePort: 31000,
      }),
      anEndpointSlice("balanced", [anEndpoint(a.address), anEndpoint(OUTSIDE_IP, { node: "n2" })]),
    );
    await until("the node is known", async () => {
      const report = await ask(10256, "/healthz");
      return Bun.deepMatch({ nodeEligible: true, healthy: true }, report as object);
    });
    await until("the Service is there", async () =>
      (await askTcp(client.namespace, clusterIP(11), 80)).startsWith("a"),
    );
    expect(await ask(31000, "/")).toEqual({
      service: { namespace: "default", name: "balanced" },
      localEndpoints: 1,
      serviceProxyHealthy: true,
    });
    node.api.remove("services", { namespace: "default", name: "balanced" });
    await until("the port is closed", async () => (await ask(31000, "/")) === undefined);
  });

  if (mode === "nftables") {
    test("a port that the Service does not have is refused, an unknown cluster IP is silent", async () => {
      expect(whyNotTcp(client.namespace, clusterIP(1), 81)).toBe("Connection refused");
      expect(await askUdp(a.namespace, clusterIP(2), 80)).toBe("ECONNREFUSED");
      expect(await askTcp(client.namespace, clusterIP(25_443), 80)).toBe("timeout");
      expect(await askTcp(node.host, clusterIP(25_443), 80)).toBe("timeout");
    });

    test("the nft tool can print all rules", () => {
      expect(node.host.run("nft", "list", "ruleset")).toContain("numgen random mod 2 map @service-endpoints");
      expect(() => JSON.parse(node.host.run("nft", "--json", "list", "ruleset")) as unknown).not.toThrow();
    });
  }
});
