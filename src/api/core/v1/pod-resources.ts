/** What a pod as a whole asks for and may use (component-helpers `resource/helpers.go`). */

import {
  addQuantities,
  compareQuantities,
  isZeroQuantity,
  type ParsedQuantity,
  parseQuantity,
} from "#apimachinery/quantity.ts";
import type { Container, Pod, PodSpec } from "../../generated/core-v1.ts";
import { isHugePages, type ResourceList } from "../../validation/resources.ts";

export type ResourceAmounts = ReadonlyMap<string, ParsedQuantity>;
type Bound = "requests" | "limits";

/** The resources that a pod may state for itself besides huge pages. */
const POD_LEVEL_RESOURCES: readonly string[] = ["cpu", "memory"];

export function isPodLevelResource(name: string): boolean {
  return POD_LEVEL_RESOURCES.includes(name) || isHugePages(name);
}

/** Whether a container keeps running beside the main ones, once it has started in its turn. */
export function isSidecar({ restartPolicy }: Container): boolean {
  return restartPolicy === "Always";
}

/** What the scheduler must find on a node: the pod's own requests where it states them, and its overhead. */
export function podRequests({ spec }: Pick<Pod, "spec">): ResourceAmounts {
  const total = new Map(aggregateContainers(spec, "requests"));
  setPodLevel(total, spec.resources?.requests);
  addAmounts(total, amountsOf(spec.overhead));
  return total;
}

/** What the pod as a whole may use; a resource that has no limit is absent. */
export function podLimits({ spec }: Pick<Pod, "spec">): ResourceAmounts {
  const total = new Map(aggregateContainers(spec, "limits"));
  setPodLevel(total, spec.resources?.limits);
  for (const [name, amount] of amountsOf(spec.overhead)) {
    const limit = total.get(name);
    if (limit !== undefined && !isZeroQuantity(limit)) total.set(name, addQuantities(limit, amount));
  }
  return total;
}

/**
 * The amounts that containers need together: the sum of those that run side by side, or more when an init
 * container with the sidecars started before it needs more.
 */
export function aggregateContainers(spec: PodSpec, bound: Bound): ResourceAmounts {
  const total = new Map<string, ParsedQuantity>();
  const peak = new Map<string, ParsedQuantity>();
  const sidecars = new Map<string, ParsedQuantity>();
  for (const { resources } of spec.containers ?? []) addAmounts(total, amountsOf(resources?.[bound]));
  for (const container of spec.initContainers ?? []) {
    const amounts = amountsOf(container.resources?.[bound]);
    if (isSidecar(container)) {
      addAmounts(total, amounts);
      addAmounts(sidecars, amounts);
      raiseAmounts(peak, sidecars);
    } else {
      const during = new Map(amounts);
      addAmounts(during, sidecars);
      raiseAmounts(peak, during);
    }
  }
  raiseAmounts(total, peak);
  return total;
}

/** The class by which a pod is treated when memory runs short (`pkg/apis/core/helper/qos`). */
export function podQosClass({ resources, containers, initContainers }: PodSpec): QosClass {
  const all: readonly Container[] = [...(containers ?? []), ...(initContainers ?? [])];
  const sources = resources === undefined ? all : [{ resources }];
  const requests = sumPositive(sources.map((source) => source.resources?.requests));
  const limits = sumPositive(sources.map((source) => source.resources?.limits));
  if (requests.size === 0 && limits.size === 0) return "BestEffort";
  const needsAllLimits = resources === undefined || Object.keys(resources.limits ?? {}).length > 0;
  const hasAllLimits = sources.every(
    (source) => sumPositive([source.resources?.limits]).size === POD_LEVEL_RESOURCES.length,
  );
  const isGuaranteed =
    (hasAllLimits || !needsAllLimits) &&
    requests.size === limits.size &&
    [...requests].every(([name, amount]) => limits.get(name)?.nanos === amount.nanos);
  return isGuaranteed ? "Guaranteed" : "Burstable";
}

type QosClass = "BestEffort" | "Burstable" | "Guaranteed";

function sumPositive(lists: readonly (ResourceList | undefined)[]): ResourceAmounts {
  const total = new Map<string, ParsedQuantity>();
  for (const list of lists) {
    const relevant = [...amountsOf(list)].filter(
      ([name, { nanos }]) => POD_LEVEL_RESOURCES.includes(name) && nanos > 0n,
    );
    addAmounts(total, new Map(relevant));
  }
  return total;
}

function setPodLevel(total: Map<string, ParsedQuantity>, list: ResourceList | undefined): void {
  for (const [name, amount] of amountsOf(list)) if (isPodLevelResource(name)) total.set(name, amount);
}

export function amountsOf(list: ResourceList | undefined): ResourceAmounts {
  return new Map(Object.entries(list ?? {}).map(([name, text]) => [name, parseQuantity(text)]));
}

export function addAmounts(total: Map<string, ParsedQuantity>, amounts: ResourceAmounts): void {
  for (const [name, amount] of amounts) {
    const sum = total.get(name);
    total.set(name, sum === undefined ? amount : addQuantities(sum, amount));
  }
}

function raiseAmounts(total: Map<string, ParsedQuantity>, amounts: ResourceAmounts): void {
  for (const [name, amount] of amounts) {
    const known = total.get(name);
    if (known === undefined || compareQuantities(amount, known) > 0) total.set(name, amount);
  }
}
