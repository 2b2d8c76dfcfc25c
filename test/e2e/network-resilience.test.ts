import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { KernelNft } from "#network/netlink/nftables/kernel-nft.ts";
import { readSysctl, writeSysctl } from "#network/netlink/sysctl.ts";
import { IPV4 } from "#network/nft/address-family.ts";
import { removeIptablesRules } from "#network/proxy/iptables/iptables-rules.ts";
import { proxyTable } from "#network/proxy/layout.ts";
import { kernelLoopbackRouting } from "#network/proxy/loopback-routing.ts";
import { removeServiceRules } from "#network/proxy/service-proxy.ts";
import { anEndpoint, anEndpointSlice, aService } from "#testing/service-objects.ts";
import { iptablesIn, type TestNamespace } from "./network-lab.ts";
import { NODE_IP, TestNode, type TestPod } from "./network-node.ts";
import { askTcp, connectTcp, serveTcp, until, whyNotTcp } from "./network-traffic.ts";

describe("the service proxy", () => {
  let node: TestNode;
  let a: TestPod;
  let b: TestPod;
  let client: TestPod;
  const stack = new AsyncDisposableStack();
  const works = async (): Promise<boolean> =>
    (await askTcp(client.namespace, "10.43.0.1", 80)).endsWith(client.address);

  beforeAll(async () => {
    node = stack.use(await TestNode.create());
    [a, b, client] = [await node.addPod(), await node.addPod(), await node.addPod()];
    stack.use(serveTcp(a.namespace, 8080, "a"));
    stack.use(serveTcp(b.namespace, 8080, "b"));
    node.put(
      aService("web", "10.43.0.1", { type: "NodePort", ports: [{ nodePort: 30080 }] }),
      anEndpointSlice("web", [a.address, b.address]),
    );
    await node.startProxy();
  });

  afterAll(() => stack.disposeAsync());

  test.each([
    { name: "the whole ruleset", command: ["flush", "ruleset"] },
    { name: "its table", command: ["delete", "table", "ip", "kubelith"] },
    { name: "a chain", command: ["flush", "chain", "ip", "kubelith", "services"] },
    { name: "the elements of a map", command: ["flush", "map", "ip", "kubelith", "service-ips"] },
    {
      name: "one element",
      command: ["delete", "element", "ip", "kubelith", "service-ips", "{ 10.43.0.1 . tcp . 80 }"],
    },
  ])("repairs the rules when somebody deletes $name", async ({ command }) => {
    expect(await works()).toBe(true);
    node.host.run("nft", ...command);
    await until("the Service answers again", works);
  });

  test("removes a rule that somebody inserted", async () => {
    node.host.run("nft", "insert", "rule", "ip", "kubelith", "services", "ip", "daddr", "10.43.0.1", "drop");
    expect(await askTcp(client.namespace, "10.43.0.1", 80)).toBeOneOf([
      "timeout",
      `a ${client.address}`,
      `b ${client.address}`,
    ]);
    await until("the Service answers again", works);
    expect(node.host.run("nft", "list", "chain", "ip", "kubelith", "services")).not.toContain("drop");
  });

  test("leaves the rules of other programs alone", async () => {
    node.host.run("nft", "add", "table", "ip", "other");
    node.host.run("nft", "add", "chain", "ip", "other", "c", "{ type filter hook forward priority 5; }");
    node.host.run("nft", "add", "rule", "ip", "other", "c", "tcp", "dport", "1", "drop");
    const before = node.host.run("nft", "list", "table", "ip", "other");
    node.host.run("nft", "delete", "table", "ip", "kubelith");
    await until("the Service answers again", works);
    await node.stopProxy();
    await node.startProxy();
    expect(node.host.run("nft", "list", "table", "ip", "other")).toBe(before);
  });

  test("restarts without a failed connection under load", async () => {
    using established = await connectTcp(client.namespace, "10.43.0.1", 80);
    using throughNodePort = await connectTcp(node.outside, NODE_IP, 30080);
    const failures: string[] = [];
    let asked = 0;
    let stopped = false;
    const load = async (): Promise<void> => {
      while (!stopped) {
        const answer = await askTcp(client.namespace, "10.43.0.1", 80);
        asked += 1;
        if (!/^[ab] /.test(answer)) failures.push(answer);
      }
    };
    const clients = [load(), load(), load(), load()];
    for (let round = 0; round < 5; round += 1) {
      const before = asked;
      await until("some connections were made", () => asked > before + 50);
      await node.stopProxy();
      await until("more connections were made without the proxy", () => asked > before + 100);
      await node.startProxy();
      expect(await established.ask(), `established connection, round ${String(round)}`).toMatch(/^[ab] /);
      expect(await throughNodePort.ask(), `node port, round ${String(round)}`).toMatch(/^[ab] /);
    }
    stopped = true;
    await Promise.all(clients);
    expect(failures).toEqual([]);
    expect(asked).toBeGreaterThan(500);
  });

  test("keeps established connections while its table is made anew", async () => {
    using established = await connectTcp(client.namespace, "10.43.0.1", 80);
    const first = await established.ask();
    node.host.run("nft", "flush", "ruleset");
    expect(await established.ask()).toBe(first);
    await until("the Service answers again", works);
    expect(await established.ask()).toBe(first);
  });

  test("does not remember what clients tried while there were no rules", async () => {
    // Connections by one port are the same connection to the kernel, for two minutes after the first attempt.
    const range = ["net", "ipv4", "ip_local_port_range"];
    writeSysctl(range, "45678 45678", { namespace: client.namespace.path });
    try {
      await node.stopProxy();
      node.host.run("nft", "delete", "table", "ip", "kubelith");
      expect(whyNotTcp(client.namespace, "10.43.0.1", 80)).toBeOneOf(["timed out", "No route to host"]);
      await node.startProxy();
      expect(whyNotTcp(client.namespace, "10.43.0.1", 80)).toBe("it works");
    } finally {
      writeSysctl(range, "32768 60999", { namespace: client.namespace.path });
    }
  }, 20_000);

  test("leaves nothing behind when the rules are removed", async () => {
    await node.stopProxy();
    using nft = new KernelNft({ namespace: node.host.path });
    const namespace = node.host.path;
    const routeLocalnet = ["net", "ipv4", "conf", "all", "route_localnet"];
    expect(readSysctl(routeLocalnet, { namespace })).not.toBe("0");
    kernelLoopbackRouting({ namespace }).disable();
    expect(readSysctl(routeLocalnet, { namespace })).toBe("0");
    removeServiceRules(nft);
    expect(nft.read(proxyTable(IPV4))).toBeUndefined();
    expect(node.host.run("nft", "list", "tables")).not.toContain("kubelith\n");
    expect(await askTcp(client.namespace, a.address, 8080)).toBe(`a ${client.address}`);
  });
});

describe("the service proxy with iptables", () => {
  let node: TestNode;
  let a: TestPod;
  let client: TestPod;
  let before: readonly string[];
  const stack = new AsyncDisposableStack();
  const works = async (): Promise<boolean> =>
    (await askTcp(client.namespace, "10.43.0.1", 80)).startsWith("a");
  const saved = (): readonly string[] =>
    node.host
      .run("iptables-save")
      .split("\n")
      .filter((line) => line.startsWith("-A"));

  beforeAll(async () => {
    node = stack.use(await TestNode.create());
    [a, client] = [await node.addPod(), await node.addPod()];
    stack.use(serveTcp(a.namespace, 8080, "a"));
    node.put(
      aService("web", "10.43.0.1", { sessionAffinity: "ClientIP" }),
      anEndpointSlice("web", [a.address, "10.42.0.250"]),
    );
    node.host.run("iptables", "-t", "nat", "-A", "PREROUTING", "-d", "9.9.9.9", "-j", "ACCEPT");
    before = saved();
    await node.startProxy("iptables");
    node.put(anEndpointSlice("web", [a.address]));
    await until(
      "the endpoint that has left is gone",
      () => !saved().some((rule) => rule.includes("10.42.0.250")),
    );
    await until("the endpoint that is left answers", works);
  }, 60_000);

  afterAll(() => stack.disposeAsync());

  test.each([
    { name: "flushes the table", command: ["-t", "nat", "-F"] },
    { name: "deletes what leads to them", command: ["-t", "nat", "-F", "PREROUTING"] },
    {
      name: "inserts a rule",
      command: ["-t", "nat", "-I", "KUBE-SERVICES", "-d", "10.43.0.1", "-j", "RETURN"],
    },
  ])("repairs the rules when somebody $name", async ({ command }) => {
    const ours = (): string =>
      saved()
        .filter((rule) => rule.includes("KUBE-"))
        .toSorted()
        .join("\n");
    const rules = ours();
    expect(await works()).toBe(true);
    node.host.run("iptables", ...command);
    await until("the rules are as they were", () => ours() === rules);
    expect(await works()).toBe(true);
  });

  test("changes to nftables and back without a failed connection", async () => {
    const failures: string[] = [];
    let asked = 0;
    let isStopped = false;
    const load = async (): Promise<void> => {
      while (!isStopped) {
        const answer = await askTcp(client.namespace, "10.43.0.1", 80);
        asked += 1;
        if (!answer.startsWith("a ")) failures.push(answer);
      }
    };
    const clients = [load(), load()];
    using nft = new KernelNft({ namespace: node.host.path });
    const iptables = iptablesIn(node.host);
    for (const mode of ["nftables", "iptables"] as const) {
      await node.stopProxy();
      await node.startProxy(mode);
      if (mode === "nftables") await removeIptablesRules(iptables);
      else removeServiceRules(nft);
      const count = asked;
      await until("some connections were made", () => asked > count + 50);
    }
    isStopped = true;
    await Promise.all(clients);
    expect(failures).toEqual([]);
  });

  test("leaves nothing behind when the rules are removed, and the rules of others alone", async () => {
    await node.stopProxy();
    node.host.run("iptables", "-t", "nat", "-A", "PREROUTING", "-d", "9.9.9.9", "-j", "ACCEPT");
    await removeIptablesRules(iptablesIn(node.host));
    expect(saved()).toEqual([...before]);
    expect(node.host.run("iptables-save")).not.toContain("KUBE-");
  });
});

test.each(["nftables", "iptables"] as const)(
  "a rolling update with %s loses no connection to any address of the Service",
  async (mode) => {
    const failures: string[] = [];
    const asked = [0, 0, 0];
    let stopped = false;
    const load = async (from: TestNamespace, host: string, port: number, index: number): Promise<void> => {
      while (!stopped) {
        const answer = await askTcp(from, host, port);
        asked[index] = (asked[index] ?? 0) + 1;
        if (!/^[ab] /.test(answer)) failures.push(`${host}: ${answer}`);
      }
    };
    const balanced = {
      type: "LoadBalancer",
      ports: [{ nodePort: 30080 }],
      loadBalancerIPs: ["6.6.6.6"],
    } as const;
    await using node = await TestNode.create();
    const [a, b, client] = [await node.addPod(), await node.addPod(), await node.addPod()];
    using _a = serveTcp(a.namespace, 8080, "a");
    using _b = serveTcp(b.namespace, 8080, "b");
    node.outside.route("6.6.6.6/32", NODE_IP);
    node.put(aService("web", "10.43.0.1", balanced), anEndpointSlice("web", [b.address]));
    await node.startProxy(mode);
    const clients = [
      load(client.namespace, "10.43.0.1", 80, 0),
      load(node.outside, NODE_IP, 30080, 1),
      load(node.outside, "6.6.6.6", 80, 2),
    ];
    // As in a rolling update, the old endpoint is said to terminate before it goes.
    const leaving = { ready: false, serving: true, terminating: true };
    const rounds = [
      [anEndpoint(a.address)],
      [anEndpoint(a.address), anEndpoint(b.address)],
      [anEndpoint(a.address, leaving), anEndpoint(b.address)],
      [anEndpoint(b.address)],
      [anEndpoint(b.address, leaving)],
      [anEndpoint(a.address), anEndpoint(b.address, leaving)],
    ];
    for (const endpoints of [...rounds, ...rounds, ...rounds]) {
      node.put(anEndpointSlice("web", endpoints));
      const before = [...asked];
      await until("some connections were made to every address", () =>
        asked.every((count, index) => count > (before[index] ?? 0) + 10),
      );
    }
    stopped = true;
    await Promise.all(clients);
    expect(failures).toEqual([]);
  },
  60_000,
);
