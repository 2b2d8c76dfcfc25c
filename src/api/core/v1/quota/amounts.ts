/** Arithmetic with what quotas bound (apiserver `quota/v1/resources.go`). */
import {
  compareQuantities,
  formatQuantity,
  isZeroQuantity,
  quantityOf,
  subtractQuantities,
  zeroQuantity,
} from "#apimachinery/quantity.ts";
import type { ResourceList } from "../../../validation/resources.ts";
import { addAmounts, type ResourceAmounts } from "../pod-resources.ts";

export const ONE = quantityOf(1);

export function sumOf(...lists: readonly ResourceAmounts[]): ResourceAmounts {
  const total = new Map<string, ReturnType<typeof quantityOf>>();
  for (const list of lists) addAmounts(total, list);
  return total;
}

/** What `a` has more than `b`, nothing less than zero. */
export function excessOf(a: ResourceAmounts, b: ResourceAmounts): ResourceAmounts {
  const names = new Set([...a.keys(), ...b.keys()]);
  return new Map(
    [...names].map((name) => {
      const rest = subtractQuantities(a.get(name) ?? zeroQuantity, b.get(name) ?? zeroQuantity);
      return [name, rest.nanos > 0n ? rest : zeroQuantity];
    }),
  );
}

export function withoutZeros(amounts: ResourceAmounts): ResourceAmounts {
  return new Map([...amounts].filter(([, amount]) => !isZeroQuantity(amount)));
}

export function only(amounts: ResourceAmounts, names: readonly string[]): ResourceAmounts {
  return new Map([...amounts].filter(([name]) => names.includes(name)));
}

/** The names under which there is more in `amounts` than in `bounds`; what has no bound is not exceeded. */
export function exceeding(amounts: ResourceAmounts, bounds: ResourceAmounts): readonly string[] {
  return [...bounds].flatMap(([name, bound]) => {
    const amount = amounts.get(name);
    return amount !== undefined && compareQuantities(amount, bound) > 0 ? [name] : [];
  });
}

export function areSameAmounts(a: ResourceAmounts, b: ResourceAmounts): boolean {
  return a.size === b.size && [...a].every(([name, { nanos }]) => b.get(name)?.nanos === nanos);
}

export function toResourceList(amounts: ResourceAmounts): ResourceList {
  return Object.fromEntries([...amounts].map(([name, amount]) => [name, formatQuantity(amount)]));
}

/** `cpu=1,memory=1Gi`. */
export function describeAmounts(amounts: ResourceAmounts): string {
  const names = [...amounts.keys()].toSorted();
  return names.map((name) => `${name}=${formatQuantity(amounts.get(name) ?? zeroQuantity)}`).join(",");
}
