import { definePlugin } from "../framework/plugin.ts";
import { amountOf, type Resources } from "../framework/resources.ts";
import { MAX_SCORE } from "../framework/run-scores.ts";
import { SKIP } from "../framework/status.ts";

const SCORED = ["cpu", "memory"];

/**
 * Prefers nodes whose resources the pod brings to more equal use: about 75 when it changes little, more when the
 * balance improves, less when it suffers.
 */
export const nodeResourcesBalancedAllocationPlugin = definePlugin({
  name: "NodeResourcesBalancedAllocation",
  // Pods that ask for nothing would all go to the node that is balanced best.
  preScore: ({ requests }) => (SCORED.every((name) => amountOf(requests, name) === 0) ? SKIP : undefined),
  score: (_state, { requests }, { allocatable, requested }) => {
    const withPod = balance(allocatable, (name) => amountOf(requested, name) + amountOf(requests, name));
    const without = balance(allocatable, (name) => amountOf(requested, name));
    return MAX_SCORE / 2 + Math.trunc((MAX_SCORE / 2 + withPod - without) / 2);
  },
});

/** 100 when all resources are used to the same share, less the more the shares deviate. */
function balance(allocatable: Resources, used: (name: string) => number): number {
  const shares = SCORED.filter((name) => amountOf(allocatable, name) > 0).map((name) =>
    Math.min(1, used(name) / amountOf(allocatable, name)),
  );
  const [first = 0, second] = shares;
  // The standard deviation of two values.
  const deviation = second === undefined ? 0 : Math.abs((first - second) / 2);
  return Math.trunc((1 - deviation) * MAX_SCORE);
}
