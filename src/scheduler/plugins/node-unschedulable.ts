import { definePlugin } from "../framework/plugin.ts";
import { unresolvable } from "../framework/status.ts";
import { isTolerated, UNSCHEDULABLE_TAINT } from "../matching/tolerations.ts";

export const REASON_UNSCHEDULABLE = "node(s) were unschedulable";

/** Avoids cordoned nodes, unless the pod tolerates the taint that goes with it. */
export const nodeUnschedulablePlugin = definePlugin({
  name: "NodeUnschedulable",
  events: [
    {
      resource: "Node",
      actions: ["Add", "UpdateNodeTaint"],
      mayHelp: (_pod, { previous, object }) =>
        object?.spec.unschedulable !== true &&
        (previous === undefined || previous.spec.unschedulable === true),
    },
    {
      resource: "Pod",
      actions: ["UpdatePodToleration"],
      mayHelp: ({ pod }, { object }) =>
        object?.metadata.uid === pod.metadata.uid &&
        isTolerated(UNSCHEDULABLE_TAINT, object.spec.tolerations),
    },
  ],
  filter: (_state, { pod }, { node }) =>
    node.spec.unschedulable === true && !isTolerated(UNSCHEDULABLE_TAINT, pod.spec.tolerations)
      ? unresolvable(REASON_UNSCHEDULABLE)
      : undefined,
});
