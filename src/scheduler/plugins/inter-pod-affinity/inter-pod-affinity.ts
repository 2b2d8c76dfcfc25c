import { matchesAllTerms } from "../../framework/affinity-term.ts";
import { labelOf, type NodeInfo } from "../../framework/node-info.ts";
import { definePlugin } from "../../framework/plugin.ts";
import type { PodInfo } from "../../framework/pod-info.ts";
import { MAX_SCORE } from "../../framework/run-scores.ts";
import { SKIP, unresolvable, unschedulable } from "../../framework/status.ts";
import { changeFilterState, type FilterState, filterStateOf } from "./filter-state.ts";
import { nodeMayHelp, podMayHelp } from "./hints.ts";
import { fulfilledBy, type Preferences, preferencesOf } from "./preferences.ts";

export const REASON_AFFINITY = "node(s) didn't match pod affinity rules";
export const REASON_ANTI_AFFINITY = "node(s) didn't match pod anti-affinity rules";
export const REASON_EXISTING_ANTI_AFFINITY = "node(s) didn't satisfy existing pods anti-affinity rules";

/** Brings pods near those that they want near, and away from those that they, or that do not want them, avoid. */
export const interPodAffinityPlugin = definePlugin<FilterState, Preferences>({
  name: "InterPodAffinity",
  events: [
    { resource: "Pod", actions: ["Add", "UpdatePodLabel", "Delete"], mayHelp: podMayHelp },
    { resource: "Node", actions: ["Add", "UpdateNodeLabel"], mayHelp: nodeMayHelp },
  ],
  preFilter: (pod, cycle) => {
    const { problem, required, requiredAnti } = pod.affinity;
    if (problem !== undefined) return { rejection: unresolvable(`parsing pod: ${problem}`) };
    const state = filterStateOf(pod, cycle);
    const isUnaffected = required.length + requiredAnti.length + state.unwilling.total === 0;
    return isUnaffected ? SKIP : { state };
  },
  filter: (state, pod, node) => {
    if (!hasWanted(state, pod, node)) return unresolvable(REASON_AFFINITY);
    if (state.requiredAnti.some(({ topologyKey }) => state.unwanted.at(node, topologyKey) > 0)) {
      return unschedulable(REASON_ANTI_AFFINITY);
    }
    for (const label of state.unwilling.labels) {
      if (state.unwilling.at(node, label) > 0) return unschedulable(REASON_EXISTING_ANTI_AFFINITY);
    }
    return undefined;
  },
  addPod: (state, pod, other, node) => changeFilterState(state, pod, { other, node, amount: 1 }),
  removePod: (state, pod, other, node) => changeFilterState(state, pod, { other, node, amount: -1 }),
  preScore: (pod, _nodes, cycle) => {
    const preferences = preferencesOf(pod, cycle);
    return preferences.size === 0 ? SKIP : preferences;
  },
  score: (preferences, _pod, node) => fulfilledBy(node, preferences),
  normalize: betweenExtremes,
});

/**
 * The first of a series of pods that want to be near each other has nobody to be near: it may start where it
 * likes, when nobody else satisfies its terms and it does so itself.
 */
function hasWanted({ required, wanted }: FilterState, { pod }: PodInfo, node: NodeInfo): boolean {
  if (required.some(({ topologyKey }) => labelOf(node, topologyKey) === undefined)) return false;
  if (required.every(({ topologyKey }) => wanted.at(node, topologyKey) > 0)) return true;
  return wanted.total === 0 && matchesAllTerms(required, pod);
}

function betweenExtremes(scores: readonly number[]): readonly number[] {
  const lowest = scores.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const highest = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const range = highest - lowest;
  return scores.map((score) => (range > 0 ? Math.trunc(MAX_SCORE * ((score - lowest) / range)) : 0));
}
