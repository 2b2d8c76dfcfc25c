import type { Service } from "#api/generated/core-v1.ts";
import type { IPAddress } from "#api/generated/networking-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { isAlreadyExists, isNotFound } from "#apimachinery/status-error.ts";
import type { Clock } from "#base/clock.ts";
import { TaskGroup } from "#base/task-group.ts";
import type { Client } from "#client/client.ts";
import type { Logger } from "#observability/logger.ts";
import type { ClusterObjects } from "../storage/cluster-objects.ts";
import { type FollowObjectsDependencies, followObjects } from "../storage/follow-objects.ts";
import { type AddressAction, parentService, planAddress, planServiceAddresses } from "./plan-ip-addresses.ts";
import { addressesOf } from "./service-items.ts";

/** How often everything is compared (kube-apiserver `GenericConfig.RepairServicesInterval`). */
const REPAIR_EVERY_MS = 180_000;

export interface ServiceAddressesDependencies extends FollowObjectsDependencies {
  readonly objects: ClusterObjects;
  readonly client: Client;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Keeps an IPAddress for each cluster IP. Services say who has which address; the objects follow them, and whatever
 * a crash or somebody's hand has made of them is mended. Disposing ends the mending.
 */
export class ServiceAddresses implements AsyncDisposable {
  readonly #dependencies: ServiceAddressesDependencies;
  readonly #tasks: TaskGroup;
  #following: AsyncDisposable | undefined;

  constructor(dependencies: ServiceAddressesDependencies) {
    this.#dependencies = dependencies;
    this.#tasks = new TaskGroup((error) =>
      dependencies.logger.error("Stopped mending addresses of services", { error }),
    );
  }

  /** Begins to mend what differs from the Services. */
  start(): void {
    if (this.#following !== undefined) return;
    this.#following = followObjects(
      "IPAddress",
      {
        put: (object) => this.#mend(() => this.#planPresent(object as IPAddress)),
        remove: (object) => this.#mend(() => this.#planRemoved(object as IPAddress)),
      },
      this.#dependencies,
    );
    this.#tasks.run((signal) => this.#repair(signal));
  }

  /** The objects of a Service that has been written are there when this resolves, and those it had before are not. */
  async afterWrite(next: KubeObject, previous: KubeObject | undefined): Promise<void> {
    const service = next as Service;
    const released =
      previous === undefined
        ? []
        : addressesOf(previous as Service).filter((address) => !addressesOf(service).includes(address));
    await this.#perform([
      ...planServiceAddresses(service, this.#dependencies.objects),
      ...this.#planReleased(released),
    ]);
  }

  async afterDelete(service: KubeObject): Promise<void> {
    await this.#perform(this.#planReleased(addressesOf(service as Service)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#following?.[Symbol.asyncDispose]();
    await this.#tasks[Symbol.asyncDispose]();
  }

  #planReleased(addresses: readonly string[]): readonly AddressAction[] {
    const { objects } = this.#dependencies;
    return addresses.flatMap((name) => {
      const object = objects.get("IPAddress", { name });
      return object === undefined ? [] : planAddress(object, objects);
    });
  }

  #planPresent(object: IPAddress): readonly AddressAction[] {
    const { objects } = this.#dependencies;
    const parent = parentService(object, objects);
    return [...planAddress(object, objects), ...(parent ? planServiceAddresses(parent, objects) : [])];
  }

  #planRemoved(object: IPAddress): readonly AddressAction[] {
    const { objects } = this.#dependencies;
    const parent = parentService(object, objects);
    return parent === undefined ? [] : planServiceAddresses(parent, objects);
  }

  #mend(plan: () => readonly AddressAction[]): void {
    this.#tasks.run(async () => await this.#perform(plan()));
  }

  async #repair(signal: AbortSignal): Promise<void> {
    const { objects, clock } = this.#dependencies;
    for (;;) {
      await this.#perform([
        ...objects.list("Service").flatMap((service) => planServiceAddresses(service, objects)),
        ...objects.list("IPAddress").flatMap((object) => planAddress(object, objects)),
      ]);
      await clock.sleep(REPAIR_EVERY_MS, signal);
    }
  }

  /** What fails now is seen again by the next repair. */
  async #perform(actions: readonly AddressAction[]): Promise<void> {
    const deletions = actions.filter((action) => action.type === "delete");
    const creations = actions.filter((action) => action.type === "create");
    await Promise.all(deletions.map((action) => this.#try(action)));
    await Promise.all(creations.map((action) => this.#try(action)));
  }

  async #try(action: AddressAction): Promise<void> {
    const { client, logger } = this.#dependencies;
    try {
      if (action.type === "create") await client.create("IPAddress", action.object);
      else await deleteAddress(client, action.object);
    } catch (error) {
      // Two who mend the same do the same.
      if (isAlreadyExists(error) || isNotFound(error)) return;
      const { name } = action.object.metadata;
      logger.warn("Failed to mend an address of a service", { address: name, action: action.type, error });
    }
  }
}

async function deleteAddress(client: Client, { metadata: { name, uid } }: IPAddress): Promise<void> {
  await client.delete("IPAddress", { name }, { preconditions: { uid } });
}
