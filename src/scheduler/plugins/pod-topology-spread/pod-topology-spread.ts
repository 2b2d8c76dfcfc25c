import { labelOf } from "../../framework/node-info.ts";
import { definePlugin } from "../../framework/plugin.ts";
import { MAX_SCORE } from "../../framework/run-scores.ts";
import { SKIP, unresolvable, unschedulable } from "../../framework/status.ts";
import { constraintsOf } from "./constraints.ts";
import { changeSpread, type SpreadState, skewWith, spreadStatesOf } from "./filter-state.ts";
import { nodeMayHelp, podMayHelp } from "./hints.ts";
import { crowdingOf, type ScoreState, scoreStateOf } from "./score-state.ts";

export const REASON_CONSTRAINTS = "node(s) didn't match pod topology spread constraints";
export const REASON_MISSING_LABEL = `${REASON_CONSTRAINTS} (missing required label)`;

/** Spreads pods that belong together over nodes, zones and other topologies, as far as they ask for it. */
export const podTopologySpreadPlugin = definePlugin<readonly SpreadState[], ScoreState>({
  name: "PodTopologySpread",
  events: [
    {
      resource: "Pod",
      actions: ["Add", "UpdatePodLabel", "UpdatePodToleration", "Delete"],
      mayHelp: podMayHelp,
    },
    {
      resource: "Node",
      actions: ["Add", "Delete", "UpdateNodeLabel", "UpdateNodeTaint"],
      mayHelp: nodeMayHelp,
    },
  ],
  preFilter: (pod, cycle) => {
    const constraints = constraintsOf(pod.pod, "DoNotSchedule");
    return constraints.length === 0 ? SKIP : { state: spreadStatesOf(pod, constraints, cycle) };
  },
  filter: (states, _pod, node) => {
    for (const state of states) {
      const domain = labelOf(node, state.constraint.topologyKey);
      if (domain === undefined) return unresolvable(REASON_MISSING_LABEL);
      if (skewWith(state, domain) > state.constraint.maxSkew) return unschedulable(REASON_CONSTRAINTS);
    }
    return undefined;
  },
  addPod: (states, pod, other, node) => changeSpread(states, pod, { other, node, amount: 1 }),
  removePod: (states, pod, other, node) => changeSpread(states, pod, { other, node, amount: -1 }),
  preScore: (pod, candidates, cycle) => {
    const state = scoreStateOf(pod, candidates, cycle);
    return state.preferences.length === 0 ? SKIP : state;
  },
  score: (state, _pod, node) => crowdingOf(node, state),
  normalize: (scores, { ignored }, nodes) => {
    const counted = scores.filter((_score, index) => !ignored.has(nodes[index]?.name ?? ""));
    const lowest = counted.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    const highest = counted.reduce((a, b) => Math.max(a, b), 0);
    return scores.map((score, index) => {
      if (ignored.has(nodes[index]?.name ?? "")) return 0;
      return highest === 0 ? MAX_SCORE : Math.trunc((MAX_SCORE * (highest + lowest - score)) / highest);
    });
  },
});
