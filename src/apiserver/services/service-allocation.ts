import type { Service } from "#api/generated/core-v1.ts";
import { resourceOf } from "#api/resource.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { Clock } from "#base/clock.ts";
import { TaskGroup } from "#base/task-group.ts";
import type { Client } from "#client/client.ts";
import type { Logger } from "#observability/logger.ts";
import type { Metrics } from "#observability/metrics.ts";
import { StoreError } from "#store/store-error.ts";
import type { KindRegistry } from "../registry/kind-registry.ts";
import { objectKey } from "../registry/storage-keys.ts";
import type { ClusterObjects } from "../storage/cluster-objects.ts";
import { followObjects } from "../storage/follow-objects.ts";
import { guardedWrite } from "../storage/guarded-write.ts";
import type { ObjectStorage } from "../storage/object-storage.ts";
import type { BegunWrite, WriteHooks } from "../verbs/write-hooks.ts";
import type { ServiceRanges } from "./allocation-context.ts";
import { AllocationMetrics } from "./allocation-metrics.ts";
import { ServiceAddresses } from "./service-addresses.ts";
import { ServiceAllocator } from "./service-allocator.ts";
import { ServiceCIDRs } from "./service-cidrs.ts";
import { ServiceLedger } from "./service-ledger.ts";

export interface ServiceAllocationDependencies {
  readonly storage: ObjectStorage;
  readonly registry: KindRegistry;
  readonly objects: ClusterObjects;
  readonly clock: Clock;
  readonly ranges: ServiceRanges;
  /** A number from 0 up to but not including 1. */
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Gives addresses and node ports to Services as they are written, and follows who has which. */
export class ServiceAllocation implements AsyncDisposable {
  readonly hooks: WriteHooks = {
    begin: (next, previous) => this.#begin(next as Service, previous as Service | undefined),
    afterWrite: async (next, previous) => await this.#addresses?.afterWrite(next, previous),
    afterDelete: async (service) => {
      await Promise.all([this.#deleteEndpoints(service), this.#addresses?.afterDelete(service)]);
    },
  };
  readonly #dependencies: ServiceAllocationDependencies;
  readonly #ledger: ServiceLedger;
  readonly #allocator: ServiceAllocator;
  readonly #cidrs: ServiceCIDRs;
  readonly #followingCidrs: AsyncDisposable;
  #addresses: ServiceAddresses | undefined;
  readonly #tasks: TaskGroup;

  constructor(dependencies: ServiceAllocationDependencies) {
    const { storage, objects, ranges, random, logger } = dependencies;
    const { nodePorts } = ranges;
    this.#dependencies = dependencies;
    this.#ledger = new ServiceLedger(
      (entry) => storage.storedObjectOf(entry) as Service,
      (item) => objects.get("IPAddress", { name: item }) !== undefined,
    );
    this.#cidrs = new ServiceCIDRs(ranges.addresses);
    this.#followingCidrs = followObjects("ServiceCIDR", this.#cidrs, dependencies);
    const shared = { cidrs: this.#cidrs, nodePorts, ledger: this.#ledger };
    const metrics = new AllocationMetrics(dependencies.metrics, shared);
    this.#allocator = new ServiceAllocator({ ...shared, random, metrics });
    this.#tasks = new TaskGroup((error) => logger.error("Stopped following Services", { error }));
    const revision = this.#load();
    this.#tasks.run((signal) => this.#follow(revision, signal));
  }

  /** From now on there is an IPAddress for each address of a Service; it is written with `client`. */
  keepAddresses(client: Client): void {
    this.#addresses ??= new ServiceAddresses({ ...this.#dependencies, client });
    this.#addresses.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks[Symbol.asyncDispose]();
    await this.#addresses?.[Symbol.asyncDispose]();
    await this.#followingCidrs[Symbol.asyncDispose]();
  }

  #begin(next: Service, previous: Service | undefined): BegunWrite {
    const { service, reservation } = this.#allocator.allocate(next, previous);
    return {
      object: service,
      finish: (revision) => (revision === undefined ? reservation.cancel() : reservation.commit(revision)),
    };
  }

  /** The revision of the state that has been loaded. */
  #load(): number {
    const { entries, revision } = this.#dependencies.storage.store.list(this.#prefix);
    this.#ledger.load(entries, revision);
    return revision;
  }

  async #follow(start: number, signal: AbortSignal): Promise<void> {
    const { store } = this.#dependencies.storage;
    let afterRevision = start;
    while (!signal.aborted) {
      try {
        for await (const changes of store.watch(this.#prefix, { afterRevision, signal })) {
          for (const change of changes) this.#ledger.apply(change);
        }
        return;
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        if (error.detail.code === "closed") return;
        this.#dependencies.logger.warn("Reloaded service allocations", { error });
        afterRevision = this.#load();
      }
    }
  }

  /** So that a new Service of the same name does not begin with the endpoints of the old one. */
  async #deleteEndpoints({ metadata: { namespace, name } }: KubeObject): Promise<void> {
    const { storage, registry, logger } = this.#dependencies;
    const served = registry.get(resourceOf("Endpoints"));
    const key = objectKey(served, namespace, name);
    try {
      await guardedWrite(
        storage,
        { key, served },
        (entry) => (entry === undefined ? { type: "keep" } : { type: "remove" }),
        { context: this.#tasks },
      );
    } catch (error) {
      logger.warn("Left endpoints of a deleted service", { service: `${namespace ?? ""}/${name}`, error });
    }
  }

  get #prefix(): string {
    return this.#dependencies.registry.get(resourceOf("Service")).prefix;
  }
}
