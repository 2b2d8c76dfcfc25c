import { formatQuantity, parseQuantity, quantityOf, quantityValue } from "#apimachinery/quantity.ts";
import type { MachineResources } from "./machine-facts.ts";

export type Quantities = Readonly<Record<string, string>>;

/** What pods must leave to the node: the thresholds of eviction (`pkg/kubelet/apis/config/v1beta1/defaults_linux.go`). */
export const MIN_FREE_MEMORY_BYTES = 100 * 2 ** 20;
/** Upstream computes with single precision, and clients see the result. */
export const MIN_FREE_DISK_SHARE = Math.fround(0.1);

/** What the node has, in the units in which Kubernetes writes it (`cadvisor.CapacityFromMachineInfo`). */
export function nodeCapacity(machine: MachineResources, maxPods: number): Quantities {
  const hugePages = Object.entries(machine.hugePages).map(
    ([size, bytes]) => [`hugepages-${size}`, binary(bytes)] as const,
  );
  return {
    cpu: String(machine.cpus),
    "ephemeral-storage": binary(machine.diskBytes),
    ...Object.fromEntries(hugePages.toSorted(([a], [b]) => (a < b ? -1 : 1))),
    memory: binary(machine.memoryBytes),
    pods: String(maxPods),
  };
}

/** What of it pods can have. */
export function nodeAllocatable(capacity: Quantities): Quantities {
  const disk = quantityValue(parseQuantity(capacity["ephemeral-storage"] ?? "0"));
  const memory = quantityValue(parseQuantity(capacity["memory"] ?? "0"));
  const hugePages = Object.entries(capacity)
    .filter(([name]) => name.startsWith("hugepages-"))
    .reduce((sum, [, amount]) => sum + quantityValue(parseQuantity(amount)), 0);
  return {
    ...capacity,
    // In the canonical form: written otherwise it would differ for ever from what the API server has.
    "ephemeral-storage": formatQuantity(
      quantityOf(disk - Math.trunc(disk * MIN_FREE_DISK_SHARE), "DecimalSI"),
    ),
    memory: binary(Math.max(0, memory - MIN_FREE_MEMORY_BYTES - hugePages)),
  };
}

function binary(bytes: number): string {
  return formatQuantity(quantityOf(Math.trunc(bytes), "BinarySI"));
}
