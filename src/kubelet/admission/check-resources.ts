import { podRequests } from "#api/core/v1/pod-resources.ts";
import type { Pod } from "#api/generated/core-v1.ts";
import {
  type ParsedQuantity,
  parseQuantity,
  quantityMilliValue,
  quantityValue,
} from "#apimachinery/quantity.ts";
import type { AdmissionCheck, Rejection } from "./rejection.ts";

const DEFAULT_MAX_PODS = "110";

/** Whether the node has what the pod asks for (`NodeResourcesFit`); what the node does not know is not counted. */
export const checkResources: AdmissionCheck = ({ pod, node, others }) => {
  const { allocatable = {} } = node.status ?? {};
  const maxPods = quantityValue(parseQuantity(allocatable["pods"] ?? DEFAULT_MAX_PODS));
  if (others.length + 1 > maxPods) {
    return outOf("pods", { requested: 1, used: others.length, capacity: maxPods });
  }
  for (const [name, request] of sorted(podRequests(pod))) {
    const capacity = allocatable[name];
    if (capacity === undefined || request.nanos === 0n) continue;
    const amounts = {
      requested: amountOf(name, request),
      used: usedBy(others, name),
      capacity: amountOf(name, parseQuantity(capacity)),
    };
    if (amounts.requested > amounts.capacity - amounts.used) return outOf(name, amounts);
  }
  return undefined;
};

/** Upstream looks at them in this order and reports the first. */
const ORDER = ["cpu", "memory", "ephemeral-storage"];

function sorted(
  requests: ReadonlyMap<string, ParsedQuantity>,
): readonly (readonly [string, ParsedQuantity])[] {
  const rank = (name: string): number => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return [...requests].toSorted(([a], [b]) => rank(a) - rank(b));
}

function usedBy(pods: readonly Pod[], name: string): number {
  return pods.reduce((sum, pod) => {
    const request = podRequests(pod).get(name);
    return sum + (request === undefined ? 0 : amountOf(name, request));
  }, 0);
}

/** CPU is counted in thousandths. */
function amountOf(name: string, quantity: ParsedQuantity): number {
  return name === "cpu" ? quantityMilliValue(quantity) : quantityValue(quantity);
}

interface Amounts {
  readonly requested: number;
  readonly used: number;
  readonly capacity: number;
}

function outOf(name: string, { requested, used, capacity }: Amounts): Rejection {
  const amounts = `requested: ${String(requested)}, used: ${String(used)}, capacity: ${String(capacity)}`;
  return { reason: `OutOf${name}`, message: `Node didn't have enough resource: ${name}, ${amounts}` };
}
