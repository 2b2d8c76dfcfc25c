import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NewObject } from "#apimachinery/meta.ts";
import { systemClock } from "#base/clock.ts";
import { createClient } from "#client/create-client.ts";
import { BridgeNetwork } from "#network/bridge/bridge-network.ts";
import { KernelConntrack } from "#network/netlink/conntrack/kernel-conntrack.ts";
import { KernelNft } from "#network/netlink/nftables/kernel-nft.ts";
import type { PodAttachment } from "#network/pod-network.ts";
import { listenForHealth } from "#network/proxy/health/listen-for-health.ts";
import { iptablesRules } from "#network/proxy/iptables/iptables-rules.ts";
import { kernelLoopbackRouting } from "#network/proxy/loopback-routing.ts";
import { nftRules } from "#network/proxy/nft-rules.ts";
import { NodeProxy } from "#network/proxy/node-proxy.ts";
import { silentLogger } from "#observability/logger.ts";
import type { EventRecorder } from "#reconcile/event-recorder.ts";
import { ReflectedInformers } from "#reconcile/shared-informers.ts";
import { ModelApi } from "#testing/model-api.ts";
import { iptablesIn, TestNamespace } from "./network-lab.ts";

export const NODE_IP = "192.168.9.1";
export const OUTSIDE_IP = "192.168.9.2";
export const GATEWAY = "10.42.0.1";

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

/**
 * A node in a namespace with the pod network and the service proxy of the product, and beside it a host that is not
 * of the cluster. The API is a model in memory.
 */
export class TestNode implements AsyncDisposable {
  readonly api = new ModelApi();
  readonly host: TestNamespace;
  readonly outside: TestNamespace;
  readonly stateDirectory: string;
  readonly #stack: AsyncDisposableStack;
  #network: BridgeNetwork | undefined;
  #proxy: { readonly proxy: NodeProxy; readonly stack: AsyncDisposableStack } | undefined;
  #pods = 0;

  private constructor(stack: AsyncDisposableStack, stateDirectory: string) {
    this.#stack = stack;
    this.stateDirectory = stateDirectory;
    this.host = stack.use(new TestNamespace("node"));
    this.outside = stack.use(new TestNamespace("out"));
    const there = { in: this.outside, name: "lan0", address: `${OUTSIDE_IP}/24` };
    this.host.link("lan0", `${NODE_IP}/24`, there);
  }

  static async create(): Promise<TestNode> {
    const stack = new AsyncDisposableStack();
    const stateDirectory = await mkdtemp(join(tmpdir(), "kt-node-"));
    stack.defer(() => rm(stateDirectory, { recursive: true, force: true }));
    const node = new TestNode(stack, stateDirectory);
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
      clusterCIDRs: ["10.42.0.0/16"],
      serviceCIDRs: ["10.43.0.0/16"],
      namespace: this.host.path,
    };
    const nft = new KernelNft({ namespace: this.host.path });
    const conntrack = new KernelConntrack({ namespace: this.host.path });
    this.#network = await BridgeNetwork.open(options, { nft, conntrack, ...dependencies });
    await this.#network.setPodCIDRs(["10.42.0.0/24"]);
    await this.#network.ready();
  }

  async stopNetwork(): Promise<void> {
    await this.#network?.[Symbol.asyncDispose]();
    this.#network = undefined;
  }

  /** Starts the service proxy as a new process would, and waits until it has written its rules. */
  async startProxy(mode: "nftables" | "iptables" = "nftables"): Promise<NodeProxy> {
    const stack = new AsyncDisposableStack();
    const nft = stack.use(new KernelNft({ namespace: this.host.path }));
    const conntrack = stack.use(new KernelConntrack({ namespace: this.host.path }));
    const informers = stack.use(new ReflectedInformers({ ...dependencies, client: createClient(this.api) }));
    const options = {
      nodeName: "n1",
      clusterCIDRs: ["10.42.0.0/16"],
      serviceCIDRs: ["10.43.0.0/16"],
      nodePortAddresses: [],
    };
    const events: EventRecorder = { record: () => undefined };
    const listen = listenForHealth({ namespace: this.host.path });
    const loopback = kernelLoopbackRouting({ namespace: this.host.path });
    const rules =
      mode === "nftables"
        ? nftRules({ ...dependencies, nft })
        : iptablesRules({
            ...dependencies,
            iptables: (family) => iptablesIn(this.host, family),
            checkIntervalMs: 200,
          });
    const removeOthers = (): Promise<void> => Promise.resolve();
    const all = { ...dependencies, informers, events, rules, removeOthers, conntrack, listen, loopback };
    const proxy = stack.use(new NodeProxy(options, all));
    this.#proxy = { proxy, stack };
    await proxy.ready;
    return proxy;
  }

  async stopProxy(): Promise<void> {
    await this.#proxy?.stack.disposeAsync();
    this.#proxy = undefined;
  }

  put(...objects: readonly NewObject[]): void {
    for (const object of objects) {
      this.api.put(RESOURCES[object.kind] ?? "", object);
    }
  }

  /** A namespace that is connected as a pod. */
  async addPod(facts: Partial<PodAttachment> = {}): Promise<TestPod> {
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
    return { namespace, address: ips[0] ?? "" };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopProxy();
    await this.stopNetwork();
    await this.#stack.disposeAsync();
  }
}
