import type { Service } from "#api/generated/core-v1.ts";
import { allocateAddresses } from "./allocate-addresses.ts";
import { allocateNodePorts } from "./allocate-node-ports.ts";
import { type AllocationContext, invalidService } from "./allocation-context.ts";
import { decideFamilies } from "./ip-families.ts";
import { keepAllocated, normalizeClusterIPs } from "./normalize-service.ts";
import type { Reservation } from "./service-ledger.ts";

export interface Allocation {
  readonly service: Service;
  readonly reservation: Reservation;
}

/** Gives Services their addresses and node ports (kube-apiserver `registry/core/service/storage/alloc.go`). */
export class ServiceAllocator {
  readonly #shared: Omit<AllocationContext, "reservation">;

  constructor(shared: Omit<AllocationContext, "reservation">) {
    this.#shared = shared;
  }

  /**
   * The Service with everything that its type needs. What it did not have before is reserved until the caller
   * commits or cancels. Throws Invalid or InternalError, with nothing reserved.
   */
  allocate(wanted: Service, previous?: Service): Allocation {
    const reservation = this.#shared.ledger.reserve();
    try {
      return { service: this.#fill(wanted, previous, reservation), reservation };
    } catch (error) {
      reservation.cancel();
      throw error;
    }
  }

  #fill(wanted: Service, previous: Service | undefined, reservation: Reservation): Service {
    const context = { ...this.#shared, reservation };
    const kept = previous === undefined ? wanted : keepAllocated(wanted, previous);
    const completed = normalizeClusterIPs(kept, previous);
    const decided = decideFamilies(completed, previous, context.cidrs.families);
    if (!("spec" in decided)) throw invalidService(completed, decided);
    return allocateNodePorts(allocateAddresses(decided, previous, context), previous, context);
  }
}
