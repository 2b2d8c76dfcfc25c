import { definePlugin } from "../framework/plugin.ts";
import { MAX_SCORE } from "../framework/run-scores.ts";
import { SKIP } from "../framework/status.ts";

/**
 * Prefers nodes whose CPU and memory the pod brings to more equal use: about 75 when it changes little, more when
 * the balance improves, less when it suffers.
 */
export const nodeResourcesBalancedAllocationPlugin = definePlugin({
  name: "NodeResourcesBalancedAllocation",
  // Pods that ask for nothing would all go to the node that is balanced best.
  preScore: ({ requests }) => (requests.milliCPU === 0 && requests.memory === 0 ? SKIP : undefined),
  score: (_state, { requests }, { allocatable, requested }) => {
    const withPod = balance(
      usedShare(requested.milliCPU + requests.milliCPU, allocatable.milliCPU),
      usedShare(requested.memory + requests.memory, allocatable.memory),
    );
    const without = balance(
      usedShare(requested.milliCPU, allocatable.milliCPU),
      usedShare(requested.memory, allocatable.memory),
    );
    return MAX_SCORE / 2 + Math.trunc((MAX_SCORE / 2 + withPod - without) / 2);
  },
});

/** Undefined where there is nothing to be used. */
function usedShare(used: number, capacity: number): number | undefined {
  return capacity === 0 ? undefined : Math.min(1, used / capacity);
}

/** 100 when both are used to the same share, less by the standard deviation of the two. */
function balance(cpu: number | undefined, memory: number | undefined): number {
  const deviation = cpu === undefined || memory === undefined ? 0 : Math.abs((cpu - memory) / 2);
  return Math.trunc((1 - deviation) * MAX_SCORE);
}
