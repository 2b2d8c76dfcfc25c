import { quantityOf } from "#apimachinery/quantity.ts";
import type { DeviceRequest, DeviceSubRequest, ResourceClaim } from "../../../generated/resource-v1.ts";
import { ONE } from "./amounts.ts";
import type { QuotaEvaluator } from "./quota-evaluator.ts";

const COUNT = "count/resourceclaims.resource.k8s.io";

/** After the name of a device class. */
const DEVICES = ".deviceclass.resource.k8s.io/devices";

/** As many devices as one claim can get, which all of a node's can be (`AllocationResultsMaxSize`). */
const MAX_DEVICES = 32;

/** Objects that the evaluator gets are ResourceClaims. */
export const deviceEvaluator: QuotaEvaluator = {
  covers: (name) => name === COUNT || name.endsWith(DEVICES),
  usageOf: (object) => {
    const { devices } = (object as ResourceClaim).spec;
    const counts = new Map<string, number>();
    for (const [name, count] of (devices?.requests ?? []).flatMap((each) => [...devicesOf(each)])) {
      counts.set(name, (counts.get(name) ?? 0) + count);
    }
    const used = [...counts].map(([name, count]) => [name + DEVICES, quantityOf(count)] as const);
    return new Map([[COUNT, ONE] as const, ...used]);
  },
  isInScope: () => false,
};

/** By device class, the most that a request can get: of alternatives, one is chosen. */
function devicesOf({ exactly, firstAvailable = [] }: DeviceRequest): ReadonlyMap<string, number> {
  const most = new Map<string, number>();
  const alternatives =
    firstAvailable.length > 0 ? firstAvailable : [exactly].filter((each) => each !== undefined);
  for (const each of alternatives) {
    most.set(each.deviceClassName, Math.max(most.get(each.deviceClassName) ?? 0, countOf(each)));
  }
  return most;
}

function countOf({ allocationMode, count = 0 }: Pick<DeviceSubRequest, "allocationMode" | "count">): number {
  return allocationMode === "All" ? MAX_DEVICES : count;
}
