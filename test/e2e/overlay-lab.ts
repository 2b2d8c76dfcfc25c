import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Node } from "#api/generated/core-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import { systemClock } from "#base/clock.ts";
import { createClient } from "#client/create-client.ts";
import { BridgeNetwork } from "#network/bridge/bridge-network.ts";
import { KernelConntrack } from "#network/netlink/conntrack/kernel-conntrack.ts";
import { KernelNft } from "#network/netlink/nftables/kernel-nft.ts";
import { RouteSocket } from "#network/netlink/route/route-socket.ts";
import { factsOf, type OverlayBackend } from "#network/overlay/node-facts.ts";
import { Overlay } from "#network/overlay/overlay.ts";
import { podMtu } from "#network/overlay/uplink.ts";
import { createLogger } from "#observability/create-logger.ts";
import { ReflectedInformers } from "#reconcile/shared-informers.ts";
import { ModelApi } from "#testing/model-api.ts";
import { TestNamespace } from "./network-lab.ts";
import { linksReady, type TestPod, trustAddresses } from "./network-node.ts";
import { until } from "./network-traffic.ts";

/** Hosts on one switch, each with the pod network and the overlay of the product. The API is a model in memory. */
export class TestOverlay implements AsyncDisposable {
  readonly api = new ModelApi();
  readonly #options: TestOverlayOptions;
  readonly #stack = new AsyncDisposableStack();
  readonly #switch: TestNamespace;
  readonly #hosts: TestHost[] = [];

  constructor(options: TestOverlayOptions) {
    this.#options = options;
    this.#switch = this.#stack.use(new TestNamespace("switch"));
    using routes = new RouteSocket({ namespace: this.#switch.path });
    routes.createBridge("lan", { up: true });
  }

  /** Adds hosts and waits until each has published how it is reached. */
  async addHosts(count: number): Promise<readonly TestHost[]> {
    const added: TestHost[] = [];
    for (let more = 0; more < count; more += 1) added.push(await this.#addHost());
    await this.published();
    return added;
  }

  /** Waits until all hosts have published how they are reached, and have ways to each other. */
  async published(): Promise<void> {
    await until("all nodes have published how they are reached", () =>
      this.#nodes().every((node) => factsOf(node) !== undefined),
    );
    for (const host of this.#hosts) {
      await until(`${host.name} knows all nodes`, () => host.knownNodes() === this.#hosts.length - 1);
    }
  }

  /** Takes a node out of the cluster; its host goes on running. */
  removeNode(host: TestHost): void {
    this.api.remove("nodes", { name: host.name });
    this.#hosts.splice(this.#hosts.indexOf(host), 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  async #addHost(): Promise<TestHost> {
    const number = this.#hosts.length + 1;
    const host = this.#stack.use(await TestHost.create(number, { api: this.api, ...this.#options }));
    const port = `port${String(number)}`;
    const there = { in: host.namespace, name: "lan0", address: host.networks[0] ?? "" };
    this.#switch.link(port, "169.254.0.1/32", there);
    for (const network of host.networks)
      host.namespace.run("ip", "address", "replace", network, "dev", "lan0", ...nodad(network));
    this.#switch.run("ip", "link", "set", port, "master", "lan");
    this.#hosts.push(host);
    const { podCIDRs } = host;
    const [podCIDR = ""] = podCIDRs;
    const metadata = { name: host.name };
    const node: NewObject<Node> = { apiVersion: "v1", kind: "Node", metadata, spec: { podCIDR, podCIDRs } };
    this.api.put("nodes", node);
    await host.start();
    return host;
  }

  #nodes(): readonly Node[] {
    return this.api.objects("nodes") as unknown as readonly Node[];
  }
}

export type TestFamilies = "IPv4" | "IPv6" | "dual";

export interface TestOverlayOptions {
  readonly backend: OverlayBackend;
  readonly families?: TestFamilies;
}

interface TestHostOptions extends TestOverlayOptions {
  readonly api: ModelApi;
}

/** Of pods, of Services and of hosts, by family. */
const RANGES = {
  IPv4: {
    pods: "10.42.0.0/16",
    services: "10.43.0.0/16",
    ofNode: (number: number) => `10.42.${String(number)}.0/24`,
    host: (number: number) => `192.168.9.${String(number)}/24`,
  },
  IPv6: {
    pods: "fd42::/56",
    services: "fd43::/112",
    ofNode: (number: number) => `fd42:0:0:${String(number)}::/64`,
    host: (number: number) => `fd09::${String(number)}/64`,
  },
} as const;

function familiesOf(families: TestFamilies = "IPv4"): readonly ("IPv4" | "IPv6")[] {
  return families === "dual" ? ["IPv4", "IPv6"] : [families];
}

/** A new IPv6 address is not used until it is known to be unique; here it is. */
function nodad(network: string): readonly string[] {
  return network.includes(":") ? ["nodad"] : [];
}

export class TestHost implements AsyncDisposable {
  readonly name: string;
  readonly namespace: TestNamespace;
  readonly podCIDRs: readonly string[];
  /** Its addresses on the switch, with their lengths. */
  readonly networks: readonly string[];
  /** Problems that the overlay has told of. */
  readonly warnings: string[] = [];
  address: string;
  readonly #number: number;
  readonly #ranges: readonly (typeof RANGES)["IPv4" | "IPv6"][];
  readonly #options: TestHostOptions;
  readonly #stateDirectory: string;
  readonly #stack: AsyncDisposableStack;
  #running:
    | { readonly pods: BridgeNetwork; readonly overlay: Overlay; readonly stack: AsyncDisposableStack }
    | undefined;
  #pods = 0;

  private constructor(number: number, stateDirectory: string, options: TestHostOptions) {
    this.#number = number;
    this.#options = options;
    this.#stateDirectory = stateDirectory;
    this.#stack = new AsyncDisposableStack();
    this.#stack.defer(() => rm(stateDirectory, { recursive: true, force: true }));
    this.name = `n${String(number)}`;
    this.#ranges = familiesOf(options.families).map((family) => RANGES[family]);
    this.networks = this.#ranges.map(({ host }) => host(number));
    this.address = this.networks[0]?.split("/")[0] ?? "";
    this.podCIDRs = this.#ranges.map(({ ofNode }) => ofNode(number));
    this.namespace = this.#stack.use(new TestNamespace(this.name));
    trustAddresses(this.namespace);
  }

  static async create(number: number, options: TestHostOptions): Promise<TestHost> {
    return new TestHost(number, await mkdtemp(join(tmpdir(), "kt-overlay-")), options);
  }

  get pods(): BridgeNetwork {
    if (this.#running === undefined) throw new RangeError("The network does not run");
    return this.#running.pods;
  }

  /** Starts the network as a new process would. */
  async start(): Promise<void> {
    const { api, backend } = this.#options;
    const namespace = this.namespace.path;
    const stack = new AsyncDisposableStack();
    const logger = createLogger(
      { format: "json", level: "warn" },
      { clock: systemClock, write: (line) => void this.warnings.push(line) },
    );
    const shared = { clock: systemClock, random: Math.random, logger };
    const client = createClient(api);
    const options = { nodeName: this.name, backend, nodeIPs: () => [this.address], interfaceName: undefined };
    const nft = stack.use(new KernelNft({ namespace }));
    const conntrack = stack.use(new KernelConntrack({ namespace }));
    const pods = stack.use(
      await BridgeNetwork.open(
        {
          stateDirectory: this.#stateDirectory,
          clusterCIDRs: this.#ranges.map(({ pods }) => pods),
          serviceCIDRs: this.#ranges.map(({ services }) => services),
          isTunnelled: backend === "vxlan",
          mtu: this.#routes((routes) => podMtu(routes, options)) ?? 1500,
          namespace,
        },
        { nft, conntrack, ...shared },
      ),
    );
    await pods.setPodCIDRs(this.podCIDRs);
    const informers = stack.use(new ReflectedInformers({ ...shared, client }));
    const onMtu = (mtu: number): void => pods.setMtu(mtu);
    const nodes = informers.informer("Node");
    const overlay = stack.use(new Overlay({ ...options, namespace }, { client, nodes, onMtu, ...shared }));
    this.#running = { pods, overlay, stack };
  }

  /** Resolves when the overlay has looked at everything since its start. */
  get ready(): Promise<void> {
    if (this.#running === undefined) throw new RangeError("The network does not run");
    return this.#running.overlay.ready;
  }

  async stop(): Promise<void> {
    await this.#running?.stack.disposeAsync();
    this.#running = undefined;
  }

  /** A namespace that is connected as a pod. */
  async addPod(): Promise<TestPod & { readonly addresses: readonly string[] }> {
    this.#pods += 1;
    const podUid = `uid-${String(this.#number)}-${String(this.#pods)}`;
    const namespace = this.#stack.use(new TestNamespace("pod"));
    const { ips } = await this.pods.attach({
      podUid,
      podNamespace: "default",
      podName: podUid,
      sandboxId: "sandbox",
      networkNamespace: namespace.path,
      hostPorts: [],
    });
    if (this.#ranges.includes(RANGES.IPv6)) await linksReady(this.namespace);
    return { namespace, address: ips[0] ?? "", addresses: ips };
  }

  /** To how many other nodes' pods this host has ways. */
  knownNodes(): number {
    return this.routesToNodes().length / this.#ranges.length;
  }

  /** What `ip route` shows of ways to other nodes' pods. */
  routesToNodes(): readonly string[] {
    return this.#ranges
      .flatMap(({ pods }) => {
        const family = pods.includes(":") ? "-6" : "-4";
        return this.namespace.run("ip", family, "route", "show", "proto", "107").split("\n");
      })
      .filter((line) => line !== "");
  }

  /** Gives the host another address, as a new lease does. */
  changeAddress(address: string): void {
    this.namespace.run("ip", "address", "delete", `${this.address}/24`, "dev", "lan0");
    this.namespace.run("ip", "address", "add", `${address}/24`, "dev", "lan0");
    this.address = address;
  }

  /** How many packets the host had to cut into fragments. */
  fragments(): number {
    const [names = [], values = []] = this.namespace
      .run("grep", "^Ip:", "/proc/net/snmp")
      .split("\n")
      .map((line) => line.split(" "));
    return Number(values[names.indexOf("FragCreates")]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#stack.disposeAsync();
  }

  #routes<T>(read: (routes: RouteSocket) => T): T {
    using routes = new RouteSocket({ namespace: this.namespace.path });
    return read(routes);
  }
}
