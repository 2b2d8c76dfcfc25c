import { parseIP } from "#base/cidr.ts";
import type { Logger } from "#observability/logger.ts";
import type { PodAttachment } from "../pod-network.ts";
import { AddressPool, takeFromEach } from "./address-pool.ts";
import { type Attachment, AttachmentStore } from "./attachment-store.ts";
import { PodNetworkError } from "./pod-network-error.ts";

/**
 * Which pod has which addresses, in memory and on disk. An address is on disk before anybody can use it, and free in
 * memory only after it is gone from there, so that no crash makes one look free that is in use.
 */
export class AddressBook {
  readonly #store: AttachmentStore;
  /** By pod uid; also the pods whose attachment has only begun. */
  readonly #attachments = new Map<string, Attachment>();
  /** Addresses on disk whose owner cannot be read. */
  readonly #orphans = new Set<string>();
  #pools: readonly AddressPool[] = [];

  private constructor(store: AttachmentStore) {
    this.#store = store;
  }

  /** Reads what an earlier process wrote. */
  static async open(directory: string, logger: Logger): Promise<AddressBook> {
    const book = new AddressBook(new AttachmentStore(directory, logger));
    for (const { address, ...owner } of await book.#store.load()) {
      if (owner.podUid === "") book.#orphans.add(address);
      else book.#adopt(address, owner);
    }
    const podCIDRs = await book.#store.loadPodCIDRs();
    book.#pools = book.#newPools(podCIDRs);
    for (const [podUid, known] of book.#attachments) {
      book.#attachments.set(podUid, { ...known, addresses: book.#inOrder(known.addresses) });
    }
    return book;
  }

  /** The ranges that addresses are taken from, the primary one first; none until the node has some. */
  get pools(): readonly AddressPool[] {
    return this.#pools;
  }

  get attachments(): ReadonlyMap<string, Attachment> {
    return this.#attachments;
  }

  /** Takes addresses from these ranges from now on, one of each. Pods keep the addresses that they have. */
  async usePodCIDRs(podCIDRs: readonly string[]): Promise<readonly AddressPool[]> {
    const pools = this.#newPools(podCIDRs);
    await this.#store.savePodCIDRs(podCIDRs);
    this.#pools = pools;
    return pools;
  }

  /** Gives the pod an address of each range, or finds those that it has. */
  async remember(pod: PodAttachment): Promise<Attachment> {
    if (this.#pools.length === 0) throw PodNetworkError.notReady();
    const { podUid, podNamespace, podName, networkNamespace, hostPorts } = pod;
    const known = this.#attachments.get(podUid);
    const taken = this.#takeMissing(known?.addresses ?? []);
    const addresses = this.#inOrder([...(known?.addresses ?? []), ...taken]);
    const attachment = { addresses, podUid, podNamespace, podName, networkNamespace, hostPorts };
    if (Bun.deepEquals(known, attachment)) return attachment;
    this.#attachments.set(podUid, attachment);
    try {
      await this.#store.save(attachment);
      return attachment;
    } catch (error) {
      if (known === undefined) this.#attachments.delete(podUid);
      else this.#attachments.set(podUid, known);
      this.#release(taken);
      throw PodNetworkError.failed(`remember ${addresses.join(" and ")}`, error);
    }
  }

  /** Frees the pod's addresses. */
  async forget(podUid: string): Promise<void> {
    const attachment = this.#attachments.get(podUid);
    if (attachment === undefined) return;
    await this.#store.delete(attachment.addresses);
    this.#attachments.delete(podUid);
    this.#release(attachment.addresses);
  }

  /** Frees the addresses whose owners could not be read, once it is certain that no pod has them. */
  async freeOrphans(): Promise<void> {
    for (const address of this.#orphans) {
      await this.#store.delete([address]);
      this.#orphans.delete(address);
      this.#release([address]);
    }
  }

  /** Forgets everything, on disk as well. */
  async clear(): Promise<void> {
    await this.#store.clear();
    this.#attachments.clear();
    this.#orphans.clear();
    this.#pools = [];
  }

  #adopt(address: string, owner: Omit<Attachment, "addresses">): void {
    const addresses = [...(this.#attachments.get(owner.podUid)?.addresses ?? []), address];
    this.#attachments.set(owner.podUid, { ...owner, addresses });
  }

  #newPools(podCIDRs: readonly string[]): readonly AddressPool[] {
    return podCIDRs.map((podCIDR) => {
      const pool = new AddressPool(podCIDR);
      for (const { addresses } of this.#attachments.values())
        for (const each of addresses) pool.reserve(each);
      for (const address of this.#orphans) pool.reserve(address);
      return pool;
    });
  }

  /** An address of each family that is not there yet. */
  #takeMissing(present: readonly string[]): readonly string[] {
    const families = new Set(present.map((address) => parseIP(address)?.family));
    return takeFromEach(this.#pools.filter(({ family }) => !families.has(family)));
  }

  /** As the ranges are; addresses of a family that has no range any more come last. */
  #inOrder(addresses: readonly string[]): readonly string[] {
    const rank = (address: string): number => {
      const index = this.#pools.findIndex(({ family }) => family === parseIP(address)?.family);
      return index < 0 ? this.#pools.length : index;
    };
    return addresses.toSorted((a, b) => rank(a) - rank(b));
  }

  #release(addresses: readonly string[]): void {
    for (const pool of this.#pools) for (const address of addresses) pool.release(address);
  }
}
