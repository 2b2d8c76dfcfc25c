import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NewObject } from "#apimachinery/meta.ts";
import { systemClock } from "#base/clock.ts";
import { BridgeNetwork } from "#network/bridge/bridge-network.ts";
import { KernelConntrack } from "#network/netlink/conntrack/kernel-conntrack.ts";
import { KernelNft } from "#network/netlink/nftables/kernel-nft.ts";
import { writeSysctl } from "#network/netlink/sysctl.ts";
import type { PodAttachment } from "#network/pod-network.ts";
import type { NodeProxy } from "#network/proxy/node-proxy.ts";
import { silentLogger } from "#observability/logger.ts";
import { ModelApi } from "#testing/model-api.ts";
import { TestNamespace } from "./network-lab.ts";
import { type ClusterRanges, type ProxyMode, type RunningProxy, startProxyIn } from "./network-proxy.ts";
import { until } from "./network-traffic.ts";

export const NODE_IP = "192.168.9.1";
export const OUTSIDE_IP = "192.168.9.2";
export const GATEWAY = "10.42.0.1";

export type FamilyName = "IPv4" | "IPv6";

/** What tests of one family use for addresses. */
export const ADDRESSES = {
  IPv4: {
    node: NODE_IP,
    outside: OUTSIDE_IP,
    gateway: GATEWAY,
    length: 32,
    linkLength: 24,
    pods: "10.42.0.0/16",
    ownPods: "10.42.0.0/24",
    services: "10.43.0.0/16",
    /** A cluster IP by its number. */
    clusterIP: (number: number) => `10.43.${String(number >> 8)}.${String(number & 255)}`,
  },
  IPv6: {
    node: "fd09::1",
    outside: "fd09::2",
    gateway: "fd42::1",
    length: 128,
    linkLength: 64,
    pods: "fd42::/56",
    ownPods: "fd42::/64",
    services: "fd43::/112",
    clusterIP: (number: number) => `fd43::${number.toString(16)}`,
  },
} as const;

const dependencies = { clock: systemClock, random: Math.random, logger: silentLogger };

const RESOURCES: Readonly<Record<string, string>> = {
  Service: "services",
  EndpointSlice: "endpointslices",
  Node: "nodes",
};

export interface TestPod {
  readonly namespace: TestNamespace;
  readonly address: string;
}

/** Each family has one. */
export interface ConnectedPod extends TestPod {
  readonly addresses: readonly string[];
}

/**
 * A node in a namespace with the pod network and the service proxy of the product, and beside it a host that is not
 * of the cluster. The API is a model in memory.
 */
export class TestNode implements AsyncDisposable {
  readonly api = new ModelApi();
  readonly host: TestNamespace;
  readonly outside: TestNamespace;
  readonly stateDirectory: string;
  readonly #families: readonly FamilyName[];
  readonly #stack: AsyncDisposableStack;
  #network: BridgeNetwork | undefined;
  #proxy: RunningProxy | undefined;
  #pods = 0;

  private constructor(stack: AsyncDisposableStack, stateDirectory: string, families: readonly FamilyName[]) {
    this.#families = families;
    this.#stack = stack;
    this.stateDirectory = stateDirectory;
    this.host = stack.use(new TestNamespace("node"));
    this.outside = stack.use(new TestNamespace("out"));
    const there = { in: this.outside, name: "lan0", address: `${OUTSIDE_IP}/24` };
    if (families.includes("IPv6")) for (const each of [this.host, this.outside]) trustAddresses(each);
    this.host.link("lan0", `${NODE_IP}/24`, there);
    if (!families.includes("IPv6")) return;
    const { node, outside, linkLength } = ADDRESSES.IPv6;
    this.host.run("ip", "address", "add", `${node}/${String(linkLength)}`, "dev", "lan0");
    this.outside.run("ip", "address", "add", `${outside}/${String(linkLength)}`, "dev", "lan0");
  }

  static async create({
    families = ["IPv4"],
  }: {
    readonly families?: readonly FamilyName[];
  } = {}): Promise<TestNode> {
    const stack = new AsyncDisposableStack();
    const stateDirectory = await mkdtemp(join(tmpdir(), "kt-node-"));
    stack.defer(() => rm(stateDirectory, { recursive: true, force: true }));
    const node = new TestNode(stack, stateDirectory, families);
    await node.startNetwork();
    return node;
  }

  get network(): BridgeNetwork {
    if (this.#network === undefined) throw new RangeError("The pod network does not run");
    return this.#network;
  }

  get proxy(): NodeProxy {
    if (this.#proxy === undefined) throw new RangeError("The service proxy does not run");
    return this.#proxy.proxy;
  }

  async startNetwork(): Promise<void> {
    const options = {
      stateDirectory: this.stateDirectory,
      ...this.#ranges,
      namespace: this.host.path,
    };
    const nft = new KernelNft({ namespace: this.host.path });
    const conntrack = new KernelConntrack({ namespace: this.host.path });
    this.#network = await BridgeNetwork.open(options, { nft, conntrack, ...dependencies });
    await this.#network.setPodCIDRs(this.#families.map((family) => ADDRESSES[family].ownPods));
    await this.#network.ready();
  }

  async stopNetwork(): Promise<void> {
    await this.#network?.[Symbol.asyncDispose]();
    this.#network = undefined;
  }

  /** Starts the service proxy as a new process would, and waits until it has written its rules. */
  async startProxy(mode: ProxyMode = "nftables"): Promise<NodeProxy> {
    this.#proxy = await startProxyIn(this.host, { api: this.api, ranges: this.#ranges, mode });
    return this.#proxy.proxy;
  }

  async stopProxy(): Promise<void> {
    await this.#proxy?.[Symbol.asyncDispose]();
    this.#proxy = undefined;
  }

  put(...objects: readonly NewObject[]): void {
    for (const object of objects) {
      this.api.put(RESOURCES[object.kind] ?? "", object);
    }
  }

  /** A namespace that is connected as a pod. */
  async addPod(facts: Partial<PodAttachment> = {}): Promise<ConnectedPod> {
    this.#pods += 1;
    const name = `pod-${String(this.#pods)}`;
    const namespace = this.#stack.use(new TestNamespace("pod"));
    const { ips } = await this.network.attach({
      podUid: `uid-${name}`,
      podNamespace: "default",
      podName: name,
      sandboxId: "sandbox",
      networkNamespace: namespace.path,
      hostPorts: [],
      ...facts,
    });
    if (this.#families.includes("IPv6")) await linksReady(this.host);
    return { namespace, address: ips[0] ?? "", addresses: ips };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopProxy();
    await this.stopNetwork();
    await this.#stack.disposeAsync();
  }

  get #ranges(): ClusterRanges {
    return {
      clusterCIDRs: this.#families.map((family) => ADDRESSES[family].pods),
      serviceCIDRs: this.#families.map((family) => ADDRESSES[family].services),
    };
  }
}

/**
 * Waits for the link-local addresses, without which a host asks for no IPv6 neighbour. The kernel gives them to a link
 * as late as a second after it has gone up.
 */
export async function linksReady(host: TestNamespace): Promise<void> {
  await until("the links have link-local addresses", () => {
    const withAddress = host.run("ip", "-6", "-brief", "address", "show", "scope", "link");
    return ["lan0", "kubelith0"].every((link) => withAddress.includes(link));
  });
}

/** As on a host that has been up for a while: its addresses are known to be unique. */
export function trustAddresses({ path }: TestNamespace): void {
  writeSysctl(["net", "ipv6", "conf", "default", "accept_dad"], "0", { namespace: path });
}
