import type { Clock } from "#base/clock.ts";
import { TaskGroup } from "#base/task-group.ts";
import type { Logger } from "#observability/logger.ts";
import type { Conntrack } from "../conntrack/conntrack.ts";
import type { Link } from "../netlink/route/link.ts";
import { RouteSocket } from "../netlink/route/route-socket.ts";
import type { NftBackend } from "../nft/nft-backend.ts";
import type { PodAddresses, PodAttachment, PodNetwork } from "../pod-network.ts";
import { PodTurns } from "../pod-turns.ts";
import { AddressBook } from "./address-book.ts";
import type { AddressPool } from "./address-pool.ts";
import { ForwardPermit } from "./forward-permit.ts";
import { detectMtu, ensureHostSide, type HostSide, isIPv6, removeHostSide } from "./host-links.ts";
import { forgetHostPortConnections } from "./host-port-connections.ts";
import { hostLinkName } from "./link-names.ts";
import { deleteOtherDetours, deletePodBandwidth, ensurePodBandwidth } from "./pod-bandwidth.ts";
import { deletePodLink, ensurePodLink, type PodLinkAddress, podLinkForwards, setPodMtu } from "./pod-link.ts";
import { PodNetworkError } from "./pod-network-error.ts";
import { familiesOf, PodTables } from "./pod-tables.ts";

export interface BridgeNetworkOptions {
  /** Where addresses are remembered; only this network writes there. */
  readonly stateDirectory: string;
  /** Ranges of all pods and of all Services of the cluster, of one or both families. */
  readonly clusterCIDRs: readonly string[];
  readonly serviceCIDRs: readonly string[];
  /** Largest packet at first; by default what fits the host's default route. */
  readonly mtu?: number;
  /**
   * Whether pods of other nodes are reached by a tunnel: what a host sends them from an address outside of the cluster
   * gets one of its pod range, because their answers would not come back through the tunnel.
   */
  readonly isTunnelled?: boolean;
  /** Path of the host's network namespace; the own one by default. */
  readonly namespace?: string | undefined;
}

export interface BridgeNetworkDependencies {
  readonly nft: NftBackend;
  readonly conntrack: Conntrack;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Pods on a bridge of their node, each with a veth pair and an address of the node's pod CIDR. What the network has
 * made stays when the process ends; the next one adopts it and does not touch what is right.
 */
export class BridgeNetwork implements PodNetwork {
  readonly #options: BridgeNetworkOptions;
  readonly #dependencies: BridgeNetworkDependencies;
  readonly #addresses: AddressBook;
  readonly #routes: RouteSocket;
  readonly #permit: ForwardPermit;
  /** One table for each family. */
  readonly #rules: PodTables;
  readonly #tasks: TaskGroup;
  readonly #turns = new PodTurns();
  /** Absent until the node has a pod CIDR. */
  #host: HostSide | undefined;
  #mtu: number | undefined;

  private constructor(
    options: BridgeNetworkOptions,
    dependencies: BridgeNetworkDependencies,
    addresses: AddressBook,
  ) {
    const { nft, clock, logger } = dependencies;
    this.#options = options;
    this.#dependencies = dependencies;
    this.#addresses = addresses;
    this.#mtu = options.mtu;
    this.#routes = new RouteSocket({ namespace: options.namespace });
    this.#permit = new ForwardPermit({ namespace: options.namespace });
    this.#rules = new PodTables(familiesOf(options.clusterCIDRs), { nft, clock, logger });
    this.#tasks = new TaskGroup((error) => logger.error("Stopped guarding packet rules", { error }));
  }

  /** Adopts what an earlier process left. The network is ready at once on a node that had a pod CIDR before. */
  static async open(
    options: BridgeNetworkOptions,
    dependencies: BridgeNetworkDependencies,
  ): Promise<BridgeNetwork> {
    const addresses = await AddressBook.open(options.stateDirectory, dependencies.logger);
    const network = new BridgeNetwork(options, dependencies, addresses);
    for (const attachment of addresses.attachments.values()) network.#rules.setPod(attachment);
    if (addresses.pools.length > 0) network.#setUp(addresses.pools);
    return network;
  }

  /** Stops looking after the network, and leaves it working. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks[Symbol.asyncDispose]();
    await this.#turns.settled();
    this.#rules[Symbol.dispose]();
    this.#permit[Symbol.dispose]();
    this.#routes[Symbol.dispose]();
  }

  /**
   * Gives the network its ranges, one of each family, as soon as the node has them. Calling it again with the same ones does
   * nothing; with others, pods that are connected keep their addresses and their gateway. Rejects with a RangeError for a
   * text that is no range with room for a pod.
   */
  async setPodCIDRs(podCIDRs: readonly string[]): Promise<void> {
    const present = this.#addresses.pools.map(({ podCIDR }) => podCIDR);
    if (Bun.deepEquals(present, podCIDRs)) return;
    this.#setUp(await this.#addresses.usePodCIDRs(podCIDRs));
  }

  /** Has pods send packets of at most this size from now on, also those that are connected. */
  setMtu(mtu: number): void {
    this.#mtu = mtu;
    if (this.#host === undefined) return;
    if (this.#host.mtu !== mtu) {
      this.#host = { ...this.#host, mtu };
      this.#ensureHost(this.#host);
    }
    for (const { podUid, networkNamespace } of this.#addresses.attachments.values()) {
      setPodMtu(this.#routes, { podUid, networkNamespace, mtu });
    }
  }

  /** Looks after the host's side on the way: a link or route that somebody removed is made again. */
  ready(): Promise<void> {
    if (this.#host === undefined) return Promise.reject(PodNetworkError.notReady());
    try {
      this.#ensureHost(this.#host);
      return Promise.resolve();
    } catch (error) {
      return Promise.reject(PodNetworkError.failed("set up the host's side of the pod network", error));
    }
  }

  attach(pod: PodAttachment): Promise<PodAddresses> {
    return this.#turns.take(pod.podUid, () => this.#attach(pod));
  }

  detach(podUid: string): Promise<void> {
    return this.#turns.take(podUid, () => this.#detach(podUid));
  }

  async collect(podUids: ReadonlySet<string>): Promise<void> {
    for (const podUid of this.#addresses.attachments.keys()) {
      if (!podUids.has(podUid)) await this.detach(podUid);
    }
    if (this.#host === undefined) return;
    const strangers = this.#strangers(this.#ensureHost(this.#host));
    const expected = new Set(Array.from(podUids, hostLinkName));
    for (const { name, index } of strangers) if (!expected.has(name)) this.#routes.deleteLink(index);
    deleteOtherDetours(this.#routes, [...podUids, ...this.#addresses.attachments.keys()]);
    // When every pod's link belongs to a known pod, nobody has the addresses that nobody could be found for.
    if (strangers.every(({ name }) => !expected.has(name))) await this.#addresses.freeOrphans();
  }

  /** Removes all that the network has made on the host: links, routes, rules and remembered addresses. */
  async removeAll(): Promise<void> {
    await this.#tasks[Symbol.asyncDispose]();
    await this.collect(new Set());
    this.#host = undefined;
    this.#rules.remove();
    this.#permit.withdraw();
    removeHostSide(this.#routes);
    await this.#addresses.clear();
  }

  #setUp(pools: readonly AddressPool[]): void {
    const { clusterCIDRs, serviceCIDRs, isTunnelled = false, namespace } = this.#options;
    const mtu = this.#mtu ?? detectMtu(this.#routes);
    const isFirst = this.#host === undefined;
    this.#host = { gateways: pools, clusterCIDRs, serviceCIDRs, mtu, namespace };
    for (const { podCIDR } of pools) this.#rules.setBase({ podCIDR, clusterCIDRs, isTunnelled });
    try {
      this.#ensureHost(this.#host);
      this.#rules.commit();
    } catch (error) {
      // `ready` tries again and tells the kubelet.
      this.#dependencies.logger.error("Could not set up the host's side of the pod network", { error });
    }
    if (isFirst) this.#rules.guard(this.#tasks);
  }

  #ensureHost(host: HostSide): Link {
    const bridge = ensureHostSide(this.#routes, host);
    this.#permit.ensure(host.clusterCIDRs);
    if (!this.#rules.isInStep) this.#rules.commit();
    return bridge;
  }

  async #attach(pod: PodAttachment): Promise<PodAddresses> {
    if (this.#host === undefined) throw PodNetworkError.notReady();
    const host = this.#host;
    const attachment = await this.#addresses.remember(pod);
    const { podUid, networkNamespace } = pod;
    const { conntrack, clock } = this.#dependencies;
    try {
      const bridge = this.#ensureHost(host);
      const addresses = attachment.addresses.flatMap((address) => withGateway(address, host));
      ensurePodLink(this.#routes, bridge, { podUid, networkNamespace, addresses, mtu: host.mtu });
      ensurePodBandwidth(this.#routes, podUid, pod.bandwidth);
      this.#rules.setPod(attachment);
      this.#rules.commit();
      forgetHostPortConnections(conntrack, attachment);
      await podLinkForwards(this.#routes, podUid, clock);
    } catch (error) {
      throw PodNetworkError.failed(`connect pod "${pod.podNamespace}/${pod.podName}"`, error);
    }
    return { ips: attachment.addresses };
  }

  async #detach(podUid: string): Promise<void> {
    const attachment = this.#addresses.attachments.get(podUid);
    try {
      deletePodLink(this.#routes, podUid);
      deletePodBandwidth(this.#routes, podUid);
      this.#rules.removePod(podUid);
      if (this.#host !== undefined) this.#rules.commit();
      if (attachment !== undefined) forgetHostPortConnections(this.#dependencies.conntrack, attachment);
      await this.#addresses.forget(podUid);
    } catch (error) {
      throw PodNetworkError.failed("disconnect a pod", error);
    }
  }

  /** Links on the bridge that belong to no known pod. */
  #strangers(bridge: Link): readonly Link[] {
    const known = new Set(Array.from(this.#addresses.attachments.keys(), hostLinkName));
    return this.#routes.links().filter(({ master, name }) => master === bridge.index && !known.has(name));
  }
}

/** Nothing for an address of a family that the node has no range of any more. */
function withGateway(address: string, { gateways }: HostSide): readonly PodLinkAddress[] {
  return gateways
    .filter(({ gateway }) => isIPv6(gateway) === isIPv6(address))
    .map(({ gateway }) => ({ address, gateway }));
}
