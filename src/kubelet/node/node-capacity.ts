import {
  formatQuantity,
  isNegativeQuantity,
  parseQuantity,
  quantityOf,
  quantityValue,
  subtractQuantities,
  zeroQuantity,
} from "#apimachinery/quantity.ts";
import type { MachineResources } from "./machine-facts.ts";
import { freeAmount, type NodeReservation, type Reservable } from "./node-reservation.ts";

export type Quantities = Readonly<Record<string, string>>;

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
export function nodeAllocatable(
  capacity: Quantities,
  { reserved, evictionHard }: NodeReservation,
): Quantities {
  const disk = quantityValue(parseQuantity(capacity["ephemeral-storage"] ?? "0"));
  const memory = quantityValue(parseQuantity(capacity["memory"] ?? "0"));
  const keptOf = (name: Reservable): number => quantityValue(reserved[name] ?? zeroQuantity);
  const freeDisk = freeAmount(evictionHard["nodefs.available"], disk) + keptOf("ephemeral-storage");
  const freeMemory = freeAmount(evictionHard["memory.available"], memory) + keptOf("memory");
  const cpu = subtractQuantities(parseQuantity(capacity["cpu"] ?? "0"), reserved.cpu ?? zeroQuantity);
  const hugePages = Object.entries(capacity)
    .filter(([name]) => name.startsWith("hugepages-"))
    .reduce((sum, [, amount]) => sum + quantityValue(parseQuantity(amount)), 0);
  return {
    ...capacity,
    cpu: formatQuantity(isNegativeQuantity(cpu) ? zeroQuantity : cpu),
    // In the canonical form: written otherwise it would differ for ever from what the API server has.
    "ephemeral-storage": formatQuantity(quantityOf(Math.max(0, disk - freeDisk), "DecimalSI")),
    memory: binary(Math.max(0, memory - freeMemory - hugePages)),
  };
}

function binary(bytes: number): string {
  return formatQuantity(quantityOf(Math.trunc(bytes), "BinarySI"));
}
