import type { TaskGroup } from "#base/task-group.ts";
import { type AddressFamily, IPV4, IPV6, isOfFamily } from "../nft/address-family.ts";
import { TableKeeper, type TableKeeperDependencies } from "../nft/table-keeper.ts";
import type { Attachment } from "./attachment-store.ts";
import { type PodRanges, podBasePart, podPart, podTable } from "./pod-rules.ts";

interface PodTable {
  readonly family: AddressFamily;
  readonly keeper: TableKeeper;
}

/** Owner of what the packet rules have without any pod. */
const BASE_OWNER = "";

/** The packet rules of the pod network, a table for each family. */
export class PodTables implements Disposable {
  readonly #tables: readonly PodTable[];

  constructor(families: readonly AddressFamily[], dependencies: TableKeeperDependencies) {
    this.#tables = families.map((family) => ({
      family,
      keeper: new TableKeeper(podTable(family), dependencies),
    }));
  }

  get isInStep(): boolean {
    return this.#tables.every(({ keeper }) => keeper.isInStep);
  }

  /** The node's range of one family; `clusterCIDRs` may be of both. */
  setBase({ clusterCIDRs, podCIDR, ...facts }: Omit<PodRanges, "family">): void {
    for (const { family, keeper } of this.#tables) {
      if (!isOfFamily(family, podCIDR)) continue;
      const own = clusterCIDRs.filter((cidr) => isOfFamily(family, cidr));
      keeper.set(BASE_OWNER, podBasePart({ family, podCIDR, clusterCIDRs: own, ...facts }));
    }
  }

  setPod(attachment: Attachment): void {
    for (const { family, keeper } of this.#tables) keeper.set(attachment.podUid, podPart(family, attachment));
  }

  removePod(podUid: string): void {
    for (const { keeper } of this.#tables) keeper.set(podUid, undefined);
  }

  /** Throws an NftError when the kernel refuses. */
  commit(): void {
    for (const { keeper } of this.#tables) keeper.commit();
  }

  /** Undoes what others do to the tables for as long as the tasks run. */
  guard(tasks: TaskGroup): void {
    for (const { keeper } of this.#tables) tasks.run((signal) => keeper.guard(signal));
  }

  /** Deletes the tables with everything in them. */
  remove(): void {
    for (const { keeper } of this.#tables) keeper.remove();
  }

  [Symbol.dispose](): void {
    for (const { keeper } of this.#tables) keeper[Symbol.dispose]();
  }
}

export function familiesOf(cidrs: readonly string[]): readonly AddressFamily[] {
  return [IPV4, IPV6].filter((family) => cidrs.some((cidr) => isOfFamily(family, cidr)));
}
