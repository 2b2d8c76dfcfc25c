import type { Logger } from "#observability/logger.ts";
import type { PodAttachment } from "../pod-network.ts";
import { AddressPool } from "./address-pool.ts";
import { type Attachment, AttachmentStore } from "./attachment-store.ts";
import { PodNetworkError } from "./pod-network-error.ts";

/**
 * Which pod has which address, in memory and on disk. An address is on disk before anybody can use it, and free in
 * memory only after it is gone from there, so that no crash makes one look free that is in use.
 */
export class AddressBook {
  readonly #store: AttachmentStore;
  /** By pod uid; also the pods whose attachment has only begun. */
  readonly #attachments = new Map<string, Attachment>();
  /** Addresses on disk whose owner cannot be read. */
  readonly #orphans = new Set<string>();
  #pool: AddressPool | undefined;

  private constructor(store: AttachmentStore) {
    this.#store = store;
  }

  /** Reads what an earlier process wrote. */
  static async open(directory: string, logger: Logger): Promise<AddressBook> {
    const book = new AddressBook(new AttachmentStore(directory, logger));
    for (const attachment of await book.#store.load()) {
      if (attachment.podUid === "") book.#orphans.add(attachment.address);
      else book.#attachments.set(attachment.podUid, attachment);
    }
    const podCIDR = await book.#store.loadPodCIDR();
    if (podCIDR !== undefined) book.#pool = book.#newPool(podCIDR);
    return book;
  }

  /** The range that addresses are taken from; absent until the node has one. */
  get pool(): AddressPool | undefined {
    return this.#pool;
  }

  get attachments(): ReadonlyMap<string, Attachment> {
    return this.#attachments;
  }

  /** Takes addresses from this range from now on. Pods keep the addresses that they have. */
  async usePodCIDR(podCIDR: string): Promise<AddressPool> {
    const pool = this.#newPool(podCIDR);
    await this.#store.savePodCIDR(podCIDR);
    this.#pool = pool;
    return pool;
  }

  /** Gives the pod an address, or finds the one that it has. */
  async remember(pod: PodAttachment): Promise<Attachment> {
    if (this.#pool === undefined) throw PodNetworkError.notReady();
    const { podUid, podNamespace, podName, networkNamespace, hostPorts } = pod;
    const known = this.#attachments.get(podUid);
    const address = known?.address ?? this.#pool.take();
    const attachment = { address, podUid, podNamespace, podName, networkNamespace, hostPorts };
    if (Bun.deepEquals(known, attachment)) return attachment;
    this.#attachments.set(podUid, attachment);
    try {
      await this.#store.save(attachment);
      return attachment;
    } catch (error) {
      if (known === undefined) this.#free(podUid, address);
      throw PodNetworkError.failed(`remember address ${address}`, error);
    }
  }

  /** Frees the pod's address. */
  async forget(podUid: string): Promise<void> {
    const attachment = this.#attachments.get(podUid);
    if (attachment === undefined) return;
    await this.#store.delete(attachment.address);
    this.#free(podUid, attachment.address);
  }

  /** Frees the addresses whose owners could not be read, once it is certain that no pod has them. */
  async freeOrphans(): Promise<void> {
    for (const address of this.#orphans) {
      await this.#store.delete(address);
      this.#orphans.delete(address);
      this.#pool?.release(address);
    }
  }

  /** Forgets everything, on disk as well. */
  async clear(): Promise<void> {
    await this.#store.clear();
    this.#attachments.clear();
    this.#orphans.clear();
    this.#pool = undefined;
  }

  #newPool(podCIDR: string): AddressPool {
    const pool = new AddressPool(podCIDR);
    for (const { address } of this.#attachments.values()) pool.reserve(address);
    for (const address of this.#orphans) pool.reserve(address);
    return pool;
  }

  #free(podUid: string, address: string): void {
    this.#attachments.delete(podUid);
    this.#pool?.release(address);
  }
}
