import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CniNetwork } from "#network/cni/cni-network.ts";
import type { PodAttachment } from "#network/pod-network.ts";
import { silentLogger } from "#observability/logger.ts";
import { ModelApi } from "#testing/model-api.ts";
import { anEndpointSlice, aService } from "#testing/service-objects.ts";
import { describePodAddresses, type PodNetworkUnderTest } from "../contract/pod-network.ts";
import { TestNamespace } from "./network-lab.ts";
import { startProxyIn } from "./network-proxy.ts";
import { askTcp, serveTcp, until } from "./network-traffic.ts";

/** Where Debian's package containernetworking-plugins has them. */
const PLUGINS = "/usr/lib/cni";

const isInstalled = existsSync(join(PLUGINS, "bridge"));

/** A host with the network of a chain of plugins, which begins with a bridge and addresses of the node's range. */
class PluginHost implements AsyncDisposable {
  readonly host: TestNamespace;
  readonly folder: string;
  readonly #stack: AsyncDisposableStack;
  #network: CniNetwork;

  private constructor(stack: AsyncDisposableStack, parts: Pick<PluginHost, "host" | "folder" | "network">) {
    this.#stack = stack;
    this.host = parts.host;
    this.folder = parts.folder;
    this.#network = parts.network;
  }

  static async open(
    bridge: object = {},
    ...others: readonly Readonly<Record<string, unknown>>[]
  ): Promise<PluginHost> {
    const stack = new AsyncDisposableStack();
    const host = stack.use(new TestNamespace("host"));
    const folder = await mkdtemp(join(tmpdir(), "kt-cni-"));
    stack.defer(() => rm(folder, { recursive: true }));
    const first = {
      type: "bridge",
      bridge: "cni0",
      capabilities: { ipRanges: true },
      ipam: { type: "host-local", dataDir: join(folder, "ipam") },
      ...bridge,
    };
    const list = { cniVersion: "1.0.0", name: "pods", plugins: [first, ...others] };
    await writeFile(join(folder, "10-pods.conflist"), JSON.stringify(list));
    return new PluginHost(stack, { host, folder, network: await openNetwork(folder, host) });
  }

  get network(): CniNetwork {
    return this.#network;
  }

  /** As another process would, which knows only what is on disk. */
  async restart(): Promise<void> {
    await this.#network[Symbol.asyncDispose]();
    this.#network = await openNetwork(this.folder, this.host);
  }

  newNamespace(): TestNamespace {
    return this.#stack.use(new TestNamespace("pod"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#network[Symbol.asyncDispose]();
    await this.#stack.disposeAsync();
  }
}

function openNetwork(folder: string, host: TestNamespace): Promise<CniNetwork> {
  return CniNetwork.open(
    { confDir: folder, binDir: PLUGINS, stateDirectory: join(folder, "state"), namespace: host.path },
    { logger: silentLogger },
  );
}

function aPod(name: string, { path }: TestNamespace): PodAttachment {
  return {
    podUid: `uid-${name}`,
    podNamespace: "default",
    podName: name,
    sandboxId: `sandbox-${name}`,
    networkNamespace: path,
    hostPorts: [],
  };
}

if (isInstalled) describePodAddresses("CNI plugins bridge and host-local", openContract);
else test.skip("CNI plugins are missing: apt-get install containernetworking-plugins", () => undefined);

async function openContract(): Promise<PodNetworkUnderTest> {
  const host = await PluginHost.open();
  return {
    network: host.network,
    exhausted: () => "no IP addresses available in range set",
    newNamespace: () => host.newNamespace().path,
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  };
}

describe.if(isInstalled)("a pod on a node with a range of IPv6", () => {
  test.each([
    { name: "alone", podCIDRs: ["fd42:0:0:3::/64"], ips: ["fd42:0:0:3::2"] },
    { name: "too", podCIDRs: ["10.42.3.0/24", "fd42:0:0:3::/64"], ips: ["10.42.3.2", "fd42:0:0:3::2"] },
  ])("$name has an address of each", async ({ podCIDRs, ips }) => {
    await using host = await PluginHost.open({ isDefaultGateway: true });
    await host.network.setPodCIDRs(podCIDRs);
    const [a, b] = [host.newNamespace(), host.newNamespace()];
    expect(await host.network.attach(aPod("a", a))).toEqual({ ips });
    const other = await host.network.attach(aPod("b", b));
    using _ = serveTcp(a, 80, "a", "::");
    expect(await askTcp(b, ips.at(-1) ?? "", 80)).toBe(`a ${other.ips.at(-1) ?? ""}`);
  });
});

describe.if(isInstalled)("a pod that a restarted process finds", () => {
  test("is left as it is when a plugin cannot check it, while it has its addresses", async () => {
    // The plugin bandwidth crashes when it is to check a pod that it does not limit.
    await using host = await PluginHost.open({}, { type: "bandwidth", capabilities: { bandwidth: true } });
    await host.network.setPodCIDRs(["10.42.3.0/24"]);
    const namespace = host.newNamespace();
    const pod = aPod("web", namespace);
    const first = await host.network.attach(pod);
    const links = host.host.run("ip", "-o", "link");
    await host.restart();
    await host.network.setPodCIDRs(["10.42.3.0/24"]);
    expect(await host.network.attach(pod)).toEqual(first);
    expect(host.host.run("ip", "-o", "link")).toBe(links);
    namespace.run("ip", "address", "flush", "dev", "eth0");
    await host.network.attach(pod);
    expect(namespace.run("ip", "-brief", "address", "show", "eth0")).toContain("10.42.3.");
  });
});

describe.if(isInstalled)("two hosts with a bridge and host-local each", () => {
  test("connect their pods by routes to each other's range, and to Services", async () => {
    await using stack = new AsyncDisposableStack();
    const ranges = ["10.42.0.0/24", "10.42.1.0/24"] as const;
    const [a, b] = await Promise.all(ranges.map(() => PluginHost.open({ isDefaultGateway: true })));
    if (a === undefined || b === undefined) throw new RangeError("There are two hosts");
    for (const each of [a, b]) stack.use(each);
    a.host.link("lan0", "192.168.9.1/24", { in: b.host, name: "lan0", address: "192.168.9.2/24" });
    a.host.route(ranges[1], "192.168.9.2");
    b.host.route(ranges[0], "192.168.9.1");
    await a.network.setPodCIDRs([ranges[0]]);
    await b.network.setPodCIDRs([ranges[1]]);
    const [inA, inB] = [a.newNamespace(), b.newNamespace()];
    const { ips: ofA } = await a.network.attach(aPod("a", inA));
    const { ips: ofB } = await b.network.attach(aPod("b", inB));
    stack.use(serveTcp(inA, 80, "a"));
    for (const port of [80, 8080]) stack.use(serveTcp(inB, port, "b"));
    expect(await askTcp(inA, ofB[0] ?? "", 80)).toBe(`b ${ofA[0] ?? ""}`);
    expect(await askTcp(inB, ofA[0] ?? "", 80)).toBe(`a ${ofB[0] ?? ""}`);
    expect(await askTcp(a.host, ofB[0] ?? "", 80)).toBe("b 192.168.9.1");
    const api = new ModelApi();
    const service = aService("web", "10.43.0.10", { type: "NodePort", ports: [{ nodePort: 30_080 }] });
    api.put("services", service);
    api.put("endpointslices", anEndpointSlice("web", [ofB[0] ?? ""]));
    const clusterRanges = { clusterCIDRs: ["10.42.0.0/16"], serviceCIDRs: ["10.43.0.0/16"] };
    stack.use(await startProxyIn(a.host, { api, ranges: clusterRanges }));
    // Pods are known by the cluster's range, and keep their address; others get the node's.
    await until("a pod reaches the Service", async () => {
      return (await askTcp(inA, "10.43.0.10", 80)) === `b ${ofA[0] ?? ""}`;
    });
    expect(await askTcp(b.host, "192.168.9.1", 30_080)).toBe("b 192.168.9.1");
  });
});
