import { definePlugin } from "../framework/plugin.ts";
import { unresolvable } from "../framework/status.ts";

export const REASON_NODE_NAME = "node(s) didn't match the requested node name";

/** Takes the node that the pod names, if it names one. */
export const nodeNamePlugin = definePlugin({
  name: "NodeName",
  events: [{ resource: "Node", actions: ["Add"] }],
  filter: (_state, { pod }, { name }) => {
    const { nodeName = "" } = pod.spec;
    return nodeName === "" || nodeName === name ? undefined : unresolvable(REASON_NODE_NAME);
  },
});
