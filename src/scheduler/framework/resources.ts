import type { ResourceAmounts } from "#api/core/v1/pod-resources.ts";
import { isExtendedResource, isHugePages } from "#api/validation/resources.ts";
import { quantityMilliValue, quantityValue } from "#apimachinery/quantity.ts";

/** Amounts as whole numbers, as nodes are filled: thousandths of a CPU, bytes, and units of everything else. */
export interface Resources {
  readonly milliCPU: number;
  readonly memory: number;
  readonly ephemeralStorage: number;
  /** Extended resources, huge pages and what else is counted by its own name. */
  readonly scalars: ReadonlyMap<string, number>;
}

const NO_SCALARS: ReadonlyMap<string, number> = new Map();

export const NO_RESOURCES: Resources = {
  milliCPU: 0,
  memory: 0,
  ephemeralStorage: 0,
  scalars: NO_SCALARS,
};

/** Resources that a node does not offer by itself are left out, as those that only quotas know. */
export function resourcesOf(amounts: ResourceAmounts): Resources {
  const scalars = new Map<string, number>();
  for (const [name, amount] of amounts) if (isScalarResource(name)) scalars.set(name, quantityValue(amount));
  const cpu = amounts.get("cpu");
  const memory = amounts.get("memory");
  const ephemeralStorage = amounts.get("ephemeral-storage");
  return {
    milliCPU: cpu === undefined ? 0 : quantityMilliValue(cpu),
    memory: memory === undefined ? 0 : quantityValue(memory),
    ephemeralStorage: ephemeralStorage === undefined ? 0 : quantityValue(ephemeralStorage),
    scalars: scalars.size === 0 ? NO_SCALARS : scalars,
  };
}

/** `a + sign * b`. */
export function addResources(a: Resources, b: Resources, sign: 1 | -1): Resources {
  return {
    milliCPU: a.milliCPU + sign * b.milliCPU,
    memory: a.memory + sign * b.memory,
    ephemeralStorage: a.ephemeralStorage + sign * b.ephemeralStorage,
    scalars: b.scalars.size === 0 ? a.scalars : addScalars(a.scalars, b.scalars, sign),
  };
}

/** The amount of a resource by its Kubernetes name, 0 when there is none. CPU counts in thousandths. */
export function amountOf(resources: Resources, name: string): number {
  switch (name) {
    case "cpu":
      return resources.milliCPU;
    case "memory":
      return resources.memory;
    case "ephemeral-storage":
      return resources.ephemeralStorage;
    default:
      return resources.scalars.get(name) ?? 0;
  }
}

/** Upstream `pkg/scheduler/util.IsScalarResourceName`. */
function isScalarResource(name: string): boolean {
  const isPrefixedNative = name.includes("kubernetes.io/");
  return (
    isExtendedResource(name) ||
    isHugePages(name) ||
    isPrefixedNative ||
    name.startsWith("attachable-volumes-")
  );
}

function addScalars(
  a: ReadonlyMap<string, number>,
  b: ReadonlyMap<string, number>,
  sign: 1 | -1,
): ReadonlyMap<string, number> {
  const sum = new Map(a);
  for (const [name, amount] of b) sum.set(name, (sum.get(name) ?? 0) + sign * amount);
  return sum;
}
