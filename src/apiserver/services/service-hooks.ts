import type { Service } from "#api/generated/core-v1.ts";
import { resourceOf } from "#api/resource.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { Logger } from "#observability/logger.ts";
import { StoreError } from "#store/store-error.ts";
import type { KindRegistry } from "../registry/kind-registry.ts";
import { objectKey } from "../registry/storage-keys.ts";
import { guardedWrite } from "../storage/guarded-write.ts";
import type { ObjectStorage } from "../storage/object-storage.ts";
import type { BegunWrite, WriteHooks } from "../verbs/write-hooks.ts";
import type { ServiceRanges } from "./allocation-context.ts";
import { ServiceAllocator } from "./service-allocator.ts";
import { ServiceLedger } from "./service-ledger.ts";

export interface ServiceAllocationDependencies {
  readonly storage: ObjectStorage;
  readonly registry: KindRegistry;
  readonly ranges: ServiceRanges;
  /** A number from 0 up to but not including 1. */
  readonly random: () => number;
  readonly logger: Logger;
}

/** Gives addresses and node ports to Services as they are written, and follows who has which. */
export class ServiceAllocation implements AsyncDisposable {
  readonly hooks: WriteHooks = {
    begin: (next, previous) => this.#begin(next as Service, previous as Service | undefined),
    afterDelete: (service) => this.#deleteEndpoints(service),
  };
  readonly #dependencies: ServiceAllocationDependencies;
  readonly #ledger: ServiceLedger;
  readonly #allocator: ServiceAllocator;
  readonly #stop = new AbortController();
  readonly #following: Promise<void>;

  constructor(dependencies: ServiceAllocationDependencies) {
    const { storage, ranges, random } = dependencies;
    this.#dependencies = dependencies;
    this.#ledger = new ServiceLedger((entry) => storage.storedObjectOf(entry) as Service);
    this.#allocator = new ServiceAllocator(ranges, this.#ledger, random);
    this.#following = this.#follow(this.#load());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#following;
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

  async #follow(start: number): Promise<void> {
    const { store } = this.#dependencies.storage;
    const { signal } = this.#stop;
    let afterRevision = start;
    while (!signal.aborted) {
      try {
        for await (const changes of store.watch(this.#prefix, { afterRevision, signal })) {
          for (const change of changes) this.#ledger.apply(change);
        }
        return;
      } catch (error) {
        if (!(error instanceof StoreError) || error.detail.code === "closed") return;
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
        this.#stop.signal,
      );
    } catch (error) {
      logger.warn("Left endpoints of a deleted service", { service: `${namespace ?? ""}/${name}`, error });
    }
  }

  get #prefix(): string {
    return this.#dependencies.registry.get(resourceOf("Service")).prefix;
  }
}
