import { quantityOf } from "#apimachinery/quantity.ts";
import type { Service } from "../../../generated/core-v1.ts";
import { ONE } from "./amounts.ts";
import type { QuotaEvaluator } from "./quota-evaluator.ts";

const COVERED: readonly string[] = [
  "count/services",
  "services",
  "services.nodeports",
  "services.loadbalancers",
];

/** Objects that the evaluator gets are Services. */
export const serviceEvaluator: QuotaEvaluator = {
  covers: (name) => COVERED.includes(name),
  usageOf: (object) => {
    const { spec } = object as Service;
    return new Map([
      ["count/services", ONE],
      ["services", ONE],
      ["services.loadbalancers", quantityOf(spec.type === "LoadBalancer" ? 1 : 0)],
      ["services.nodeports", quantityOf(nodePortsOf(spec))],
    ]);
  },
  isInScope: () => false,
};

/** Node ports that a Service has or is about to get. */
function nodePortsOf({ type, ports = [], allocateLoadBalancerNodePorts }: Service["spec"]): number {
  if (type === "NodePort") return ports.length;
  if (type !== "LoadBalancer") return 0;
  if (allocateLoadBalancerNodePorts !== false) return ports.length;
  return ports.filter(({ nodePort = 0 }) => nodePort !== 0).length;
}
