import { definePlugin } from "../framework/plugin.ts";
import { unresolvable } from "../framework/status.ts";

/** Keeps pods out of the queue until all their scheduling gates are removed (KEP-3521). */
export const schedulingGatesPlugin = definePlugin({
  name: "SchedulingGates",
  events: [
    {
      resource: "Pod",
      actions: ["UpdatePodSchedulingGatesEliminated"],
      mayHelp: ({ pod }, { object }) => object?.metadata.uid === pod.metadata.uid,
    },
  ],
  preEnqueue: ({ spec }) => {
    const gates = (spec.schedulingGates ?? []).map(({ name }) => name);
    return gates.length === 0
      ? undefined
      : unresolvable(`waiting for scheduling gates: [${gates.join(" ")}]`);
  },
});
