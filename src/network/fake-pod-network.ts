import { AddressPool } from "./bridge/address-pool.ts";
import { PodNetworkError } from "./bridge/pod-network-error.ts";
import type { PodAddresses, PodAttachment, PodNetwork } from "./pod-network.ts";

/** A pod network that only gives out addresses. */
export class FakePodNetwork implements PodNetwork {
  readonly #attachments = new Map<string, PodAttachment & PodAddresses>();
  #pool: AddressPool | undefined;

  constructor({ podCIDR }: { readonly podCIDR?: string } = {}) {
    if (podCIDR !== undefined) this.#pool = new AddressPool(podCIDR);
  }

  /** The pods that are connected, by their uids. */
  get attachments(): ReadonlyMap<string, PodAttachment & PodAddresses> {
    return this.#attachments;
  }

  setPodCIDR(podCIDR: string): Promise<void> {
    if (this.#pool?.podCIDR !== podCIDR) this.#pool = new AddressPool(podCIDR);
    for (const { ips } of this.#attachments.values()) for (const ip of ips) this.#pool?.reserve(ip);
    return Promise.resolve();
  }

  ready(): Promise<void> {
    return this.#pool === undefined ? Promise.reject(PodNetworkError.notReady()) : Promise.resolve();
  }

  attach(pod: PodAttachment): Promise<PodAddresses> {
    try {
      if (this.#pool === undefined) throw PodNetworkError.notReady();
      const ips = this.#attachments.get(pod.podUid)?.ips ?? [this.#pool.take()];
      this.#attachments.set(pod.podUid, { ...pod, ips });
      return Promise.resolve({ ips });
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  detach(podUid: string): Promise<void> {
    for (const ip of this.#attachments.get(podUid)?.ips ?? []) this.#pool?.release(ip);
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
