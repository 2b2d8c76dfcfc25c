import type { Pod } from "#api/generated/core-v1.ts";
import { priorityOf, startOf } from "./importance.ts";
import type { Candidate } from "./select-victims.ts";

/** Makes every priority count as more than nothing, so that fewer victims of negative priority are better than many. */
const PRIORITY_OFFSET = 2 ** 31;

/**
 * The candidate that does the least harm: the fewest budgets violated, the least important victim, the lowest sum of
 * priorities, the fewest victims, those that have run for the shortest time; then the first one.
 */
export function pickCandidate(candidates: readonly Candidate[], now: number): Candidate | undefined {
  const criteria: readonly ((candidate: Candidate) => number)[] = [
    ({ violations }) => violations,
    ({ victims: [first] }) => (first === undefined ? 0 : priorityOf(first)),
    ({ victims }) => victims.reduce((sum, victim) => sum + priorityOf(victim) + PRIORITY_OFFSET, 0),
    ({ victims }) => victims.length,
    ({ victims }) => -earliestStart(victims, now),
  ];
  const [best] = criteria.reduce((left, harm) => {
    const least = Math.min(...left.map(harm));
    return left.filter((candidate) => harm(candidate) === least);
  }, candidates);
  return best;
}

/** The start of the longest running of the most important victims. */
function earliestStart(victims: readonly Pod[], now: number): number {
  const highest = Math.max(...victims.map(priorityOf));
  return Math.min(
    ...victims.filter((victim) => priorityOf(victim) === highest).map((victim) => startOf(victim, now)),
  );
}
