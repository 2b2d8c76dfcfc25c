import type { NodeInfo } from "./node-info.ts";
import type { Cycle } from "./plugin.ts";
import type { PodInfo } from "./pod-info.ts";
import type { Framework, WeightedScore } from "./profile.ts";
import { SKIP } from "./status.ts";

export const MAX_SCORE = 100;

/** The weighted sums of all plugins' scores, in the order of `nodes`. */
export function runScores(
  { scores }: Framework,
  pod: PodInfo,
  nodes: readonly NodeInfo[],
  cycle: Cycle,
): readonly number[] {
  const totals = nodes.map(() => 0);
  for (const weighted of scores) {
    const own = scoresOf(weighted, pod, nodes, cycle);
    if (own === undefined) continue;
    for (let index = 0; index < totals.length; index += 1) {
      totals[index] = (totals[index] ?? 0) + weighted.weight * (own[index] ?? 0);
    }
  }
  return totals;
}

/** Undefined when the plugin has nothing to say about the pod. Throws a RangeError for a score out of bounds: a bug. */
export function scoresOf(
  { plugin }: WeightedScore,
  pod: PodInfo,
  nodes: readonly NodeInfo[],
  cycle: Cycle,
): readonly number[] | undefined {
  const state = plugin.preScore?.(pod, nodes, cycle);
  if (state === SKIP) return undefined;
  const raw = nodes.map((node) => plugin.score(state, pod, node));
  const scores = plugin.normalize?.(raw, state, nodes) ?? raw;
  const wrong = scores.find((score) => !(score >= 0 && score <= MAX_SCORE));
  if (wrong !== undefined) {
    throw new RangeError(
      `Plugin "${plugin.name}" returns the score ${String(wrong)}, which is not in 0 to 100`,
    );
  }
  return scores;
}

/** Scores in proportion to the highest one (upstream `helper.DefaultNormalizeScore`). */
export function normalizeByHighest(scores: readonly number[]): readonly number[] {
  const highest = scores.reduce((a, b) => Math.max(a, b), 0);
  return highest === 0 ? scores : scores.map((score) => Math.trunc((MAX_SCORE * score) / highest));
}

/** The same where less is better. */
export function normalizeByLowest(scores: readonly number[]): readonly number[] {
  return normalizeByHighest(scores).map((score) => MAX_SCORE - score);
}
