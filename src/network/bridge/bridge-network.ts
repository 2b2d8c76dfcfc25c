import type { Clock } from "#base/clock.ts";
import { TaskGroup } from "#base/task-group.ts";
import type { Logger } from "#observability/logger.ts";
import type { Link } from "../netlink/route/link.ts";
import { RouteSocket } from "../netlink/route/route-socket.ts";
import type { NftBackend } from "../nft/nft-backend.ts";
import { TableKeeper } from "../nft/table-keeper.ts";
import type { PodAddresses, PodAttachment, PodNetwork } from "../pod-network.ts";
import { AddressPool } from "./address-pool.ts";
import { type Attachment, AttachmentStore } from "./attachment-store.ts";
import { detectMtu, ensureHostSide, type HostSide, removeHostSide } from "./host-links.ts";
import { hostLinkName } from "./link-names.ts";
import { deletePodLink, ensurePodLink } from "./pod-link.ts";
import { PodNetworkError } from "./pod-network-error.ts";
import { POD_TABLE, podBasePart, podPart } from "./pod-rules.ts";

export interface BridgeNetworkOptions {
  /** Where addresses are remembered; only this network writes there. */
  readonly stateDirectory: string;
  /** Ranges of all pods and of all Services of the cluster; IPv4. */
  readonly clusterCIDRs: readonly string[];
  readonly serviceCIDRs: readonly string[];
  /** Largest packet; by default what fits the host's default route. */
  readonly mtu?: number;
  /** Path of the host's network namespace; the own one by default. */
  readonly namespace?: string | undefined;
}

export interface BridgeNetworkDependencies {
  readonly nft: NftBackend;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Owner of what the packet rules have without any pod. */
const BASE_OWNER = "";

/** What is known once the node has a pod CIDR. */
interface Setup {
  readonly pool: AddressPool;
  readonly host: HostSide;
}

/**
 * Pods on a bridge of their node, each with a veth pair and an address of the node's pod CIDR. What the network has
 * made stays when the process ends; the next one adopts it and does not touch what is right.
 */
export class BridgeNetwork implements PodNetwork {
  readonly #options: BridgeNetworkOptions;
  readonly #logger: Logger;
  readonly #routes: RouteSocket;
  readonly #rules: TableKeeper;
  readonly #store: AttachmentStore;
  readonly #tasks: TaskGroup;
  /** By pod uid; also the pods whose attachment has only begun. */
  readonly #attachments = new Map<string, Attachment>();
  /** Addresses on disk without a readable owner. */
  readonly #orphans = new Set<string>();
  /** The end of what is being done for a pod: calls for one pod wait for each other. */
  readonly #busy = new Map<string, Promise<unknown>>();
  #setup: Setup | undefined;

  private constructor(options: BridgeNetworkOptions, { nft, clock, logger }: BridgeNetworkDependencies) {
    this.#options = options;
    this.#logger = logger;
    this.#routes = new RouteSocket({ namespace: options.namespace });
    this.#rules = new TableKeeper(POD_TABLE, { nft, clock, logger });
    this.#store = new AttachmentStore(options.stateDirectory, logger);
    this.#tasks = new TaskGroup((error) => logger.error("Stopped guarding packet rules", { error }));
  }

  /** Adopts what an earlier process left. The network is ready at once on a node that had a pod CIDR before. */
  static async open(
    options: BridgeNetworkOptions,
    dependencies: BridgeNetworkDependencies,
  ): Promise<BridgeNetwork> {
    const network = new BridgeNetwork(options, dependencies);
    try {
      for (const attachment of await network.#store.load()) network.#adopt(attachment);
      const podCIDR = await network.#store.loadPodCIDR();
      if (podCIDR !== undefined) network.#use(podCIDR);
    } catch (error) {
      await network[Symbol.asyncDispose]();
      throw error;
    }
    return network;
  }

  /** Stops looking after the network, and leaves it working. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks[Symbol.asyncDispose]();
    await Promise.allSettled(this.#busy.values());
    this.#rules[Symbol.dispose]();
    this.#routes[Symbol.dispose]();
  }

  /**
   * Gives the network its range, as soon as the node has one. Calling it again with the same range does nothing; with
   * another one, pods that are connected keep their addresses and their gateway.
   */
  async setPodCIDR(podCIDR: string): Promise<void> {
    if (this.#setup?.pool.podCIDR === podCIDR) return;
    this.#use(podCIDR);
    await this.#store.savePodCIDR(podCIDR);
  }

  /** Looks after the host's side on the way: a link or route that somebody removed is made again. */
  ready(): Promise<void> {
    if (this.#setup === undefined) return Promise.reject(PodNetworkError.notReady());
    try {
      this.#ensureHost(this.#setup);
      return Promise.resolve();
    } catch (error) {
      return Promise.reject(PodNetworkError.failed("set up the host's side of the pod network", error));
    }
  }

  attach(pod: PodAttachment): Promise<PodAddresses> {
    return this.#exclusively(pod.podUid, () => this.#attach(pod));
  }

  detach(podUid: string): Promise<void> {
    return this.#exclusively(podUid, () => this.#detach(podUid));
  }

  async collect(podUids: ReadonlySet<string>): Promise<void> {
    for (const podUid of this.#attachments.keys()) if (!podUids.has(podUid)) await this.detach(podUid);
    if (this.#setup === undefined) return;
    const strangers = this.#strangers(this.#ensureHost(this.#setup));
    const expected = new Set(Array.from(podUids, hostLinkName));
    for (const { name, index } of strangers) if (!expected.has(name)) this.#routes.deleteLink(index);
    // When every pod's link belongs to a known pod, nobody has the addresses that nobody could be found for.
    if (strangers.every(({ name }) => !expected.has(name))) await this.#freeOrphans();
  }

  /** Removes all that the network has made on the host: links, routes, rules and remembered addresses. */
  async removeAll(): Promise<void> {
    await this.#tasks[Symbol.asyncDispose]();
    await this.collect(new Set());
    this.#setup = undefined;
    this.#rules.remove();
    removeHostSide(this.#routes);
    await this.#store.clear();
  }

  #adopt(attachment: Attachment): void {
    if (attachment.podUid === "") {
      this.#orphans.add(attachment.address);
      return;
    }
    this.#attachments.set(attachment.podUid, attachment);
    this.#rules.set(attachment.podUid, podPart(attachment));
  }

  #use(podCIDR: string): void {
    const { clusterCIDRs, serviceCIDRs, mtu = detectMtu(this.#routes), namespace } = this.#options;
    const pool = new AddressPool(podCIDR);
    for (const { address } of this.#attachments.values()) pool.reserve(address);
    for (const address of this.#orphans) pool.reserve(address);
    const host = {
      gateway: pool.gateway,
      prefixLength: pool.prefixLength,
      clusterCIDRs,
      serviceCIDRs,
      mtu,
      namespace,
    };
    const isFirst = this.#setup === undefined;
    this.#setup = { pool, host };
    this.#rules.set(BASE_OWNER, podBasePart({ podCIDR, clusterCIDRs }));
    try {
      this.#ensureHost(this.#setup);
    } catch (error) {
      // `ready` tries again and tells the kubelet.
      this.#logger.error("Could not set up the host's side of the pod network", { error });
    }
    if (isFirst) this.#tasks.run((signal) => this.#rules.guard(signal));
  }

  #ensureHost({ host }: Setup): Link {
    const bridge = ensureHostSide(this.#routes, host);
    if (!this.#rules.isInStep) this.#rules.commit();
    return bridge;
  }

  async #attach(pod: PodAttachment): Promise<PodAddresses> {
    if (this.#setup === undefined) throw PodNetworkError.notReady();
    const { pool, host } = this.#setup;
    const attachment = await this.#remember(pod, pool);
    const { podUid, networkNamespace } = pod;
    try {
      const bridge = this.#ensureHost(this.#setup);
      const { gateway, mtu } = host;
      ensurePodLink(this.#routes, bridge, {
        podUid,
        networkNamespace,
        address: attachment.address,
        gateway,
        mtu,
      });
      this.#rules.set(podUid, podPart(attachment));
      this.#rules.commit();
    } catch (error) {
      throw PodNetworkError.failed(`connect pod "${pod.podNamespace}/${pod.podName}"`, error);
    }
    return { ips: [attachment.address] };
  }

  /** The address is on disk before anybody can use it, so that no crash makes it look free. */
  async #remember(pod: PodAttachment, pool: AddressPool): Promise<Attachment> {
    const known = this.#attachments.get(pod.podUid);
    const { podUid, podNamespace, podName, hostPorts } = pod;
    const attachment = { address: known?.address ?? pool.take(), podUid, podNamespace, podName, hostPorts };
    if (Bun.deepEquals(known, attachment)) return attachment;
    this.#attachments.set(podUid, attachment);
    try {
      await this.#store.save(attachment);
      return attachment;
    } catch (error) {
      if (known === undefined) {
        this.#attachments.delete(podUid);
        pool.release(attachment.address);
      }
      throw PodNetworkError.failed(`remember address ${attachment.address}`, error);
    }
  }

  async #detach(podUid: string): Promise<void> {
    const attachment = this.#attachments.get(podUid);
    try {
      deletePodLink(this.#routes, podUid);
      this.#rules.set(podUid, undefined);
      if (this.#setup !== undefined) this.#rules.commit();
      if (attachment !== undefined) await this.#store.delete(attachment.address);
    } catch (error) {
      throw PodNetworkError.failed("disconnect a pod", error);
    }
    if (attachment === undefined) return;
    this.#attachments.delete(podUid);
    this.#setup?.pool.release(attachment.address);
  }

  /** Links on the bridge that belong to no known pod. */
  #strangers(bridge: Link): readonly Link[] {
    const known = new Set(Array.from(this.#attachments.keys(), hostLinkName));
    return this.#routes.links().filter(({ master, name }) => master === bridge.index && !known.has(name));
  }

  async #freeOrphans(): Promise<void> {
    for (const address of this.#orphans) {
      await this.#store.delete(address);
      this.#orphans.delete(address);
      this.#setup?.pool.release(address);
    }
  }

  async #exclusively<T>(podUid: string, action: () => Promise<T>): Promise<T> {
    const before = this.#busy.get(podUid) ?? Promise.resolve();
    const result = before.then(action, action);
    this.#busy.set(podUid, result);
    try {
      return await result;
    } finally {
      if (this.#busy.get(podUid) === result) this.#busy.delete(podUid);
    }
  }
}
