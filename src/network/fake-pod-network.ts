import { AddressPool, takeFromEach } from "./bridge/address-pool.ts";
import { PodNetworkError } from "./bridge/pod-network-error.ts";
import type { PodAddresses, PodAttachment, PodNetwork } from "./pod-network.ts";

/** A pod network that only gives out addresses. */
export class FakePodNetwork implements PodNetwork {
  readonly #attachments = new Map<string, PodAttachment & PodAddresses>();
  #pools: readonly AddressPool[] = [];

  constructor({ podCIDR }: { readonly podCIDR?: string } = {}) {
    if (podCIDR !== undefined) this.#pools = [new AddressPool(podCIDR)];
  }

  /** The pods that are connected, by their uids. */
  get attachments(): ReadonlyMap<string, PodAttachment & PodAddresses> {
    return this.#attachments;
  }

  setPodCIDRs(podCIDRs: readonly string[]): Promise<void> {
    this.#pools = podCIDRs.map(
      (podCIDR) => this.#pools.find((pool) => pool.podCIDR === podCIDR) ?? new AddressPool(podCIDR),
    );
    const used = [...this.#attachments.values()].flatMap(({ ips }) => ips);
    for (const pool of this.#pools) for (const ip of used) pool.reserve(ip);
    return Promise.resolve();
  }

  ready(): Promise<void> {
    return this.#pools.length === 0 ? Promise.reject(PodNetworkError.notReady()) : Promise.resolve();
  }

  attach(pod: PodAttachment): Promise<PodAddresses> {
    try {
      if (this.#pools.length === 0) throw PodNetworkError.notReady();
      const ips = this.#attachments.get(pod.podUid)?.ips ?? takeFromEach(this.#pools);
      this.#attachments.set(pod.podUid, { ...pod, ips });
      return Promise.resolve({ ips });
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  detach(podUid: string): Promise<void> {
    const ips = this.#attachments.get(podUid)?.ips ?? [];
    for (const pool of this.#pools) for (const ip of ips) pool.release(ip);
    this.#attachments.delete(podUid);
    return Promise.resolve();
  }

  async collect(podUids: ReadonlySet<string>): Promise<void> {
    for (const podUid of this.#attachments.keys()) if (!podUids.has(podUid)) await this.detach(podUid);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
