import type { Taint, Toleration } from "#api/generated/core-v1.ts";
import { definePlugin } from "../framework/plugin.ts";
import { normalizeByLowest } from "../framework/run-scores.ts";
import { unresolvable } from "../framework/status.ts";
import { findUntoleratedTaint, isTolerated } from "../matching/tolerations.ts";

/** Taints are not named: they may tell more about a node than its users should know. */
export const REASON_TAINTS = "node(s) had untolerated taint(s)";

/** Avoids nodes with taints that the pod does not tolerate, and prefers those with few that it only dislikes. */
export const taintTolerationPlugin = definePlugin<undefined, readonly Toleration[]>({
  name: "TaintToleration",
  events: [
    {
      resource: "Node",
      actions: ["Add", "UpdateNodeTaint"],
      mayHelp: ({ pod: { spec } }, { previous, object }) => {
        const wasKeptAway =
          previous === undefined ||
          findUntoleratedTaint(previous.spec.taints, spec.tolerations) !== undefined;
        return wasKeptAway && findUntoleratedTaint(object?.spec.taints, spec.tolerations) === undefined;
      },
    },
    {
      resource: "Pod",
      actions: ["UpdatePodToleration"],
      mayHelp: ({ pod }, { object }) => object?.metadata.uid === pod.metadata.uid,
    },
  ],
  filter: (_state, { pod }, { node }) =>
    findUntoleratedTaint(node.spec.taints, pod.spec.tolerations) === undefined
      ? undefined
      : unresolvable(REASON_TAINTS),
  preScore: ({ pod }) => (pod.spec.tolerations ?? []).filter(concernsPreferences),
  score: (tolerations, _pod, { node }) =>
    node.spec.taints?.filter((taint) => isDisliked(taint, tolerations)).length ?? 0,
  normalize: normalizeByLowest,
});

function concernsPreferences({ effect }: Toleration): boolean {
  const text: string = effect ?? "";
  return text === "" || text === "PreferNoSchedule";
}

function isDisliked(taint: Taint, tolerations: readonly Toleration[]): boolean {
  return taint.effect === "PreferNoSchedule" && !isTolerated(taint, tolerations);
}
